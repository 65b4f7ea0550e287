// Tests the scaler without the daemon; any test framework does as well as none.
#include "file.cpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <scalehook/testing.hpp>

namespace {

void expect(bool is_so, const char* what) {
  if (is_so) return;
  std::cerr << "not so: " << what << '\n';
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main() {
  const std::filesystem::path folder = std::filesystem::absolute("replicas");
  std::filesystem::create_directories(folder);
  std::ofstream{folder / "web"} << 2;

  scalehook::testing::bench<file_scaler> bench{{{"/folder", folder.string()}}};
  expect(bench.created().status == SCALEHOOK_OK, "it is made");
  const auto found = bench.read({{"name", "web"}});
  expect(found.status == SCALEHOOK_OK && found.replicas == 2, "the file has 2");
  const auto written = bench.write({{"name", "web"}}, {.replicas = 3, .version = found.version});
  expect(written.status == SCALEHOOK_OK, "it is written");
  expect(bench.read({{"name", "web"}}).replicas == 3, "the file has 3");
  expect(bench.write({{"name", "web"}}, {.replicas = 4, .version = found.version}).status ==
             SCALEHOOK_CONFLICT,
         "nothing is written over what others changed");
  expect(bench.read({{"name", "other"}}).status == SCALEHOOK_NOT_FOUND, "there is no such file");
}
