#include "core/telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace scalehook::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

// The value of the series written exactly so; NaN if there is none.
double value(const std::string& text, const std::string& series) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  }
  return std::nan("");
}

void use_everything(Metrics& metrics) {
  metrics.http_request("/hpa", "POST", 200, 2ms);
  metrics.http_connections(7);
  metrics.notification_received();
  metrics.alerts_received(1, 5, 2);
  metrics.alerts_truncated(3);
  metrics.decided("deployment", "applied");
  metrics.plugin_instance("deployment", InstanceKind::scaler);
  metrics.plugin_instance("ops", InstanceKind::notifier);
  metrics.plugin_call("deployment", "write", "denied", "http-403", 12ms);
  metrics.notifier_event("ops", Delivery::dropped);
  metrics.config_reloaded(true);
  metrics.journal_committed(false, 1ms);
  metrics.journal_queue(4);
}

TEST(Metrics, CountersExistBeforeTheirFirstIncrement) {
  Metrics metrics("1.2.3");
  metrics.decision_reason("", "no-rule");
  metrics.decision_reason("deployment", "applied");
  const std::string text = metrics.render();
  EXPECT_EQ(value(text, "scalehook_build_info{version=\"1.2.3\"}"), 1);
  EXPECT_EQ(value(text, "scalehook_decisions_total{reason=\"no-rule\",scaler=\"\"}"), 0);
  EXPECT_EQ(value(text, R"(scalehook_decisions_total{reason="applied",scaler="deployment"})"), 0);
  EXPECT_EQ(value(text, "scalehook_alerts_received_total{status=\"invalid\"}"), 0);
  EXPECT_EQ(value(text, "scalehook_notifications_total"), 0);
}

TEST(Metrics, CountsWhatItIsTold) {
  Metrics metrics("1.2.3", "abc");
  use_everything(metrics);
  const std::string text = metrics.render();
  EXPECT_EQ(value(text, R"(scalehook_build_info{revision="abc",version="1.2.3"})"), 1);
  EXPECT_EQ(value(text, R"(scalehook_http_requests_total{code="200",method="POST",path="/hpa"})"),
            1);
  EXPECT_EQ(value(text, R"(scalehook_http_request_duration_seconds_count{path="/hpa"})"), 1);
  EXPECT_EQ(value(text, "scalehook_http_connections"), 7);
  EXPECT_EQ(value(text, R"(scalehook_alerts_received_total{status="resolved"})"), 5);
  EXPECT_EQ(value(text, "scalehook_alerts_truncated_total"), 3);
  EXPECT_EQ(value(text, R"(scalehook_decisions_total{reason="applied",scaler="deployment"})"), 1);
  EXPECT_EQ(value(text, R"(scalehook_plugin_calls_total{call="write",code="http-403",)"
                        R"(instance="deployment",status="denied"})"),
            1);
  EXPECT_EQ(value(text, R"(scalehook_plugin_calls_total{call="read",code="",)"
                        R"(instance="deployment",status="ok"})"),
            0);
  EXPECT_EQ(value(text, R"(scalehook_notifier_events_total{notifier="ops",outcome="dropped"})"), 1);
  EXPECT_EQ(value(text, R"(scalehook_notifier_events_total{notifier="ops",outcome="failed"})"), 0);
  EXPECT_EQ(value(text, "scalehook_config_last_reload_successful"), 1);
  EXPECT_EQ(value(text, "scalehook_journal_commit_failures_total"), 1);
  EXPECT_EQ(value(text, "scalehook_journal_commit_duration_seconds_count"), 1);
  EXPECT_EQ(value(text, "scalehook_journal_queue_length"), 4);
}

TEST(Metrics, FailedReloadKeepsTheTimeOfTheLastGoodOne) {
  Metrics metrics("1");
  metrics.config_reloaded(true);
  const char* const time = "scalehook_config_last_reload_success_timestamp_seconds";
  const double before = value(metrics.render(), time);
  metrics.config_reloaded(false);
  EXPECT_EQ(value(metrics.render(), "scalehook_config_last_reload_successful"), 0);
  EXPECT_EQ(value(metrics.render(), time), before);
  EXPECT_GT(before, 1.6e9);
}

TEST(Metrics, LabelsThatOthersChooseAreBounded) {
  Metrics metrics("1");
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = std::to_string(i);
    metrics.plugin_call("x", "read", "failed", "code-" + text, 1ms);
    metrics.http_request("/" + text, "GET", 404, 1ms);
  }
  metrics.plugin_call("y", "read", "failed", "\xff\n", 1ms);
  const std::string text = metrics.render();
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 3000);
  EXPECT_THAT(text, HasSubstr("code=\"other\""));
  EXPECT_THAT(text, HasSubstr("path=\"other\""));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(Metrics, ProcessIsThisOne) {
  const std::string text = Metrics("1").render();
  EXPECT_GE(value(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(value(text, "process_virtual_memory_bytes"),
            value(text, "process_resident_memory_bytes"));
  EXPECT_GE(value(text, "process_open_fds"), 3);
  EXPECT_GE(value(text, "process_max_fds"), value(text, "process_open_fds"));
  EXPECT_GT(value(text, "process_start_time_seconds"), 1.6e9);
  EXPECT_LE(value(text, "process_start_time_seconds"), static_cast<double>(std::time(nullptr)) + 1);
}

TEST(Metrics, OpenFilesAreCounted) {
  const double before = value(Metrics("1").render(), "process_open_fds");
  std::vector<std::ifstream> files;
  for (int i = 0; i < 100; ++i) files.emplace_back("/dev/null");
  EXPECT_EQ(value(Metrics("1").render(), "process_open_fds"), before + 100);
}

TEST(Metrics, MayBeUsedByManyThreads) {
  Metrics metrics("1");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) use_everything(metrics);
      metrics.render();
    });
  }
  threads.clear();
  EXPECT_EQ(value(metrics.render(), "scalehook_notifications_total"), 800);
}

TEST(Metrics, PromtoolFindsNoFault) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is missing";
  Metrics metrics("1.2.3");
  use_everything(metrics);
  std::FILE* pipe =
      popen("promtool check metrics 2>&1 | tee /dev/stderr | grep -q . && exit 1; exit 0", "w");
  ASSERT_NE(pipe, nullptr);
  const std::string text = metrics.render();
  std::fwrite(text.data(), 1, text.size(), pipe);
  EXPECT_EQ(pclose(pipe), 0);
}

}  // namespace
}  // namespace scalehook::telemetry
