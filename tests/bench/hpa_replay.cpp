// simulate's HorizontalPodAutoscaler alone, to be held against a real one.
//
//   bench-hpa-replay TARGET MIN MAX
//
// Reads a sync a line: seconds, the count set, the ready replicas, and the metric of each of them
// in thousandths. Answers each with the count that the autoscaler sets.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "core/simulate/hpa.hpp"

using scalehook::simulate::Hpa;
using scalehook::simulate::Time;

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: bench-hpa-replay TARGET MIN MAX\n";
    return 2;
  }
  Hpa hpa{{.target = std::stod(arguments[1]),
           .min = std::stoll(arguments[2]),
           .max = std::stoll(arguments[3])}};
  double seconds{};
  double thousandths{};
  std::int64_t replicas{};
  std::int64_t ready{};
  while (std::cin >> seconds >> replicas >> ready >> thousandths) {
    const auto since_epoch =
        std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>{seconds});
    std::cout << hpa.sync(Time{since_epoch}, replicas, ready, thousandths / 1000) << '\n';
  }
  return std::cin.eof() ? EXIT_SUCCESS : EXIT_FAILURE;
}
