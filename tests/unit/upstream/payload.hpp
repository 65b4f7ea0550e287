// Files of the source tree.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace scalehook::upstream {

// By its path from the top.
inline std::string source(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>{file}, {}};
}

// What the real programs answered.
inline std::string payload(const std::string& name) { return source("tests/payloads/" + name); }

}  // namespace scalehook::upstream
