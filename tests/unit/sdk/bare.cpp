// A plugin for -fno-exceptions -fno-rtti. Built by test_compile.py, with NAME given.
#include <scalehook/plugin.hpp>

class bare {
 public:
  static constexpr scalehook::info info{.name = NAME, .version = "1.0.0"};
  static scalehook::outcome<std::unique_ptr<bare>> create(const scalehook::host& host) {
    if (!host.setting<bool>("/enabled")) return scalehook::invalid("setting", "no /enabled");
    return std::make_unique<bare>();
  }
  scalehook::outcome<scalehook::state> read(scalehook::call&, const scalehook::target&) {
    return scalehook::state{.replicas = 1};
  }
  scalehook::outcome<scalehook::done> write(scalehook::call&, const scalehook::target&,
                                            const scalehook::change&) {
    return scalehook::refused("read-only", "this target cannot be changed");
  }
};

SCALEHOOK_PLUGIN(bare)
