#include "core/simulate/svg.hpp"

#include <fmt/format.h>

#include <utility>

namespace scalehook::simulate {
namespace {

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

}  // namespace

Svg::Svg(double width, double height)
    : svg_{fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
                       "viewBox=\"0 0 {0:g} {1:g}\" font-family=\"sans-serif\" font-size=\"12\" "
                       "fill=\"#333\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
                       width, height)} {}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  svg_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1,
                      y1, x2, y2, style);
}

void Svg::box(double x, double y, double width, double height, std::string_view fill) {
  svg_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y,
      width, height, fill);
}

void Svg::text(double x, double y, std::string_view what, std::string_view style) {
  svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, style, escape(what));
}

void Svg::path(const std::string& points, std::string_view stroke, double stroke_width,
               std::string_view style) {
  if (points.empty()) return;
  svg_ += fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:g}\" "
      "stroke-linejoin=\"round\" {}/>\n",
      points, stroke, stroke_width, style);
}

void Svg::area(const std::string& points, std::string_view fill) {
  if (!points.empty()) svg_ += fmt::format("<path d=\"{}\" fill=\"{}\"/>\n", points, fill);
}

std::string Svg::finish() && {
  svg_ += "</svg>\n";
  return std::move(svg_);
}

double width_of(std::string_view text) { return 7 * static_cast<double>(text.size()); }

}  // namespace scalehook::simulate
