#include "core/simulate/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/alert/time.hpp"

namespace scalehook::simulate {

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.4g}", value);
}

std::string duration_text(std::chrono::nanoseconds duration) {
  constexpr std::array<std::pair<std::int64_t, char>, 4> units{
      {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  auto left = std::chrono::round<std::chrono::seconds>(duration).count();
  std::string text;
  for (const auto& [length, name] : units) {
    if (left >= length) text += std::to_string(left / length) + name;
    left %= length;
  }
  return text.empty() ? "0s" : text;
}

std::string time_text(Time time) {
  auto text = alert::to_text(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string labels_text(const alert::Labels& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.size() > 1 ? ", " : "", name, value);
  }
  return text + "}";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  const auto width = [](const std::string& cell) {
    std::size_t letters = 0;
    for (const char byte : cell) letters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    return letters;
  };
  for (const auto& row : rows) {
    widths.resize(row.size());
    for (std::size_t index = 0; index < row.size(); ++index) {
      widths[index] = std::max(widths[index], width(row[index]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t index = 0; index + 1 < row.size(); ++index) {
      text += row[index] + std::string(widths[index] - width(row[index]) + 2, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace scalehook::simulate
