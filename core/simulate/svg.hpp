// Shapes of an SVG file.
#pragma once

#include <string>
#include <string_view>

namespace scalehook::simulate {

// A whole file that needs nothing else. Lengths are pixels, counted from the upper left corner.
class Svg {
 public:
  Svg(double width, double height);

  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void box(double x, double y, double width, double height, std::string_view fill);
  void text(double x, double y, std::string_view what, std::string_view style = "");
  // `points`: the value of the attribute d. Nothing is drawn of none.
  void path(const std::string& points, std::string_view stroke, double stroke_width,
            std::string_view style = "");
  void area(const std::string& points, std::string_view fill);

  // Ends the file.
  std::string finish() &&;

 private:
  std::string svg_;
};

// About how wide a text of the usual size is.
double width_of(std::string_view text);

}  // namespace scalehook::simulate
