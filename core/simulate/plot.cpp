#include "core/simulate/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/simulate/axis.hpp"
#include "core/simulate/report.hpp"

namespace scalehook::simulate {
namespace {

constexpr double width = 1000;
constexpr double left = 64;
constexpr double right = width - 24;
constexpr double metric_top = 96;
constexpr double metric_bottom = 336;
constexpr double replicas_top = 372;
constexpr double replicas_bottom = 512;
constexpr double times_y = replicas_bottom + 20;
constexpr double height = replicas_bottom + 44;
constexpr std::size_t most_named = 6;  // in the legend

// Told apart by those who do not see red and green as others do (Okabe and Ito).
constexpr std::array<std::string_view, 6> colours{"#0072b2", "#009e73", "#cc79a7",
                                                  "#56b4e9", "#7f6000", "#444444"};
constexpr std::string_view threshold_colour = "#d55e00";
constexpr std::string_view firing_colour = "#fbdac8";
constexpr std::string_view pending_colour = "#fdf0c8";

std::string_view colour(std::size_t index) { return colours[index % colours.size()]; }

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        // XML knows no other control characters.
        escaped += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    }
  }
  return escaped;
}

class Plot {
 public:
  explicit Plot(const Timeline& timeline) : timeline_{timeline} {
    double lowest = timeline.comparison.threshold;
    double highest = lowest;
    for (const auto& watched : timeline.watched) {
      for (const auto& point : watched.points) {
        if (!std::isfinite(point.value)) continue;
        lowest = std::min(lowest, point.value);
        highest = std::max(highest, point.value);
      }
    }
    double most = 1;
    for (const auto& workload : timeline.workloads) {
      for (const auto& change : workload.changes) {
        most = std::max(most, static_cast<double>(change.replicas));
      }
    }
    metric_ = value_axis(lowest, 1.05 * highest, metric_bottom, metric_top, 0);
    replicas_ = value_axis(0, 1.05 * most, replicas_bottom, replicas_top, 1);
  }

  std::string draw() {
    svg_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" viewBox=\"0 0 "
        "{0:g} {1:g}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width, height);
    title();
    spans(AlertState::pending, pending_colour);
    spans(AlertState::firing, firing_colour);
    grid(metric_, "value");
    grid(replicas_, "replicas");
    times();
    threshold();
    for (std::size_t index = 0; index < timeline_.watched.size(); ++index) {
      metric(timeline_.watched[index], colour(index));
    }
    for (std::size_t index = 0; index < timeline_.workloads.size(); ++index) {
      steps(timeline_.workloads[index], colour(index));
    }
    legend();
    return svg_ + "</svg>\n";
  }

 private:
  double x(Time time) const {
    const auto whole = std::max<std::chrono::nanoseconds>(timeline_.end - timeline_.start,
                                                          std::chrono::nanoseconds{1});
    return left + (right - left) * static_cast<double>((time - timeline_.start).count()) /
                      static_cast<double>(whole.count());
  }

  void line(double x1, double y1, double x2, double y2, std::string_view style) {
    svg_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1,
                        y1, x2, y2, style);
  }

  void box(double x1, double y1, double wide, double high, std::string_view fill) {
    svg_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x1,
        y1, wide, high, fill);
  }

  void text(double at_x, double at_y, std::string_view what, std::string_view style = "") {
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", at_x, at_y, style,
                        escape(what));
  }

  void path(const std::string& points, std::string_view stroke, double stroke_width) {
    if (points.empty()) return;
    svg_ += fmt::format(
        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:g}\" "
        "stroke-linejoin=\"round\"/>\n",
        points, stroke, stroke_width);
  }

  void title() {
    text(left, 26, timeline_.alert + " " + to_text(timeline_.comparison),
         "font-size=\"16\" font-weight=\"bold\"");
    text(right, 26, time_text(timeline_.start) + " to " + time_text(timeline_.end) + " UTC",
         "text-anchor=\"end\" fill=\"#666\"");
  }

  void spans(AlertState state, std::string_view fill) {
    for (const auto& watched : timeline_.watched) {
      const auto& points = watched.points;
      for (auto from = points.begin(); from != points.end();) {
        const auto is_so = [&](const auto& point) { return point.state == state; };
        from = std::find_if(from, points.end(), is_so);
        if (from == points.end()) break;
        const auto to = std::find_if_not(from, points.end(), is_so);
        const double end = to == points.end() ? right : x(to->at);
        box(x(from->at), metric_top, end - x(from->at), metric_bottom - metric_top, fill);
        box(x(from->at), replicas_top, end - x(from->at), replicas_bottom - replicas_top, fill);
        from = to;
      }
    }
  }

  void grid(const Axis& axis, std::string_view name) {
    for (const double tick : axis.ticks) {
      const double y = axis(tick);
      line(left, y, right, y, "stroke=\"#000\" stroke-opacity=\"0.1\"");
      text(left - 8, y + 4, number_text(tick), "text-anchor=\"end\" fill=\"#666\"");
    }
    text(left, axis.end - 8, name, "fill=\"#666\"");
  }

  void times() {
    for (const auto& [at, label] : time_ticks(timeline_.start, timeline_.end)) {
      line(x(at), metric_top, x(at), metric_bottom, "stroke=\"#000\" stroke-opacity=\"0.06\"");
      line(x(at), replicas_top, x(at), replicas_bottom, "stroke=\"#000\" stroke-opacity=\"0.06\"");
      line(x(at), replicas_bottom, x(at), replicas_bottom + 5, "stroke=\"#666\"");
      text(x(at), times_y, label, "text-anchor=\"middle\" fill=\"#666\"");
    }
  }

  void threshold() {
    const double y = metric_(timeline_.comparison.threshold);
    line(left, y, right, y,
         fmt::format("stroke=\"{}\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"",
                     threshold_colour));
  }

  // Of the points on one pixel the lowest and the highest are drawn, which looks the same.
  void metric(const Watched& watched, std::string_view stroke) {
    std::string points;
    bool is_open = false;
    const auto add = [&](double at_x, double value) {
      points += fmt::format("{}{:.1f} {:.1f}", is_open ? "L" : "M", at_x, metric_(value));
      is_open = true;
    };
    for (auto first = watched.points.begin(); first != watched.points.end();) {
      const auto next = std::find_if(first + 1, watched.points.end(), [&](const auto& point) {
        return x(point.at) >= x(first->at) + 0.5 || !std::isfinite(point.value);
      });
      if (!std::isfinite(first->value)) {
        is_open = false;
      } else {
        const auto [low, high] = std::minmax_element(
            first, next,
            [](const auto& one, const auto& other) { return one.value < other.value; });
        add(x(std::min(low, high)->at), std::min(low, high)->value);
        if (low != high) add(x(std::max(low, high)->at), std::max(low, high)->value);
      }
      first = next;
    }
    path(points, stroke, 1.5);
  }

  void steps(const Workload& workload, std::string_view stroke) {
    std::string points;
    for (const auto& [at, replicas] : workload.changes) {
      const double y = replicas_(static_cast<double>(replicas));
      if (points.empty()) {
        points = fmt::format("M{:.1f} {:.1f}", x(at), y);
      } else {
        points += fmt::format("H{:.1f}V{:.1f}", x(at), y);
      }
    }
    path(points + fmt::format("H{:.1f}", right), stroke, 2.5);
  }

  void legend() {
    double at = left;
    const double y = 52;
    const auto room = [&](std::string_view label) {
      text(at + 24, y + 4, label);
      at += 24 + 7 * static_cast<double>(label.size()) + 20;
    };
    box(at, y - 6, 18, 12, pending_colour);
    room("pending");
    box(at, y - 6, 18, 12, firing_colour);
    room("firing");
    line(at, y, at + 18, y,
         fmt::format("stroke=\"{}\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"",
                     threshold_colour));
    room("threshold");
    named(timeline_.workloads.size(), y, at,
          [&](std::size_t index) { return timeline_.workloads[index].target; });
    if (timeline_.watched.size() < 2) return;
    at = left;
    named(timeline_.watched.size(), y + 20, at,
          [&](std::size_t index) { return labels_text(timeline_.watched[index].labels); });
  }

  template <typename Name>
  void named(std::size_t count, double y, double at, Name name) {
    for (std::size_t index = 0; index < std::min(count, most_named); ++index) {
      const std::string label = name(index);
      const double wide = 24 + 7 * static_cast<double>(label.size()) + 20;
      if (at + wide > right && index > 0) return;
      line(at, y, at + 18, y, fmt::format("stroke=\"{}\" stroke-width=\"2.5\"", colour(index)));
      text(at + 24, y + 4, label);
      at += wide;
    }
  }

  const Timeline& timeline_;
  Axis metric_;
  Axis replicas_;
  std::string svg_;
};

}  // namespace

std::string plot(const Timeline& timeline) { return Plot{timeline}.draw(); }

}  // namespace scalehook::simulate
