#include "core/telemetry/process.hpp"

#include <dirent.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace scalehook::telemetry {
namespace {

struct Stat {
  double cpu_seconds{};
  double start_ticks{};  // since boot
  double virtual_bytes{};
  double resident_bytes{};
};

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The second field, the program's name, may itself hold blanks and parentheses.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::vector<std::string> field{"", "", ""};  // so that field[n] is the manual's field n
  for (std::string word; rest >> word;) field.push_back(word);
  if (field.size() <= 24) return std::nullopt;
  const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return Stat{.cpu_seconds = (std::stod(field[14]) + std::stod(field[15])) / tick,
              .start_ticks = std::stod(field[22]) / tick,
              .virtual_bytes = std::stod(field[23]),
              .resident_bytes = std::stod(field[24]) * page};
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string key; file >> key;) {
    if (double value{}; key == "btime" && file >> value) return value;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

// Since Linux 6.2 the folder's size is their number. To count them takes milliseconds when
// thousands of clients are connected, and so does a whole scrape then.
std::optional<double> open_files() {
  struct stat folder {};
  if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) {
    return static_cast<double>(folder.st_size);
  }
  DIR* const entries = opendir("/proc/self/fd");
  if (entries == nullptr) return std::nullopt;
  double count = -3;  // "." and "..", and the one that reads the folder
  while (readdir(entries) != nullptr) ++count;
  closedir(entries);
  return count;
}

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {std::move(name), std::move(help), type, {std::move(metric)}};
}

}  // namespace

std::vector<prometheus::MetricFamily> Process::Collect() const {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&](const char* name, const char* help, MetricType type, double value) {
    families.push_back(family(name, help, type, value));
  };
  if (const auto stat = read_stat()) {
    add("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
        MetricType::Counter, stat->cpu_seconds);
    add("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
        stat->virtual_bytes);
    add("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
        stat->resident_bytes);
    if (const auto boot = boot_time()) {
      add("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
          MetricType::Gauge, *boot + stat->start_ticks);
    }
  }
  if (const auto count = open_files()) {
    add("process_open_fds", "Number of open file descriptors.", MetricType::Gauge, *count);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    add("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
        static_cast<double>(limit.rlim_cur));
  }
  return families;
}

}  // namespace scalehook::telemetry
