// A scaler that keeps each target's replicas in a text file: <folder>/<name>.
#include <filesystem>
#include <fstream>
#include <scalehook/plugin.hpp>
#include <string>

class file_scaler {
 public:
  static constexpr scalehook::info info{
      .name = "file",
      .version = "1.0.0",
      .settings = R"({"type": "object", "required": ["folder"], "additionalProperties": false,
                      "properties": {"folder": {"type": "string", "pattern": "^/"}}})",
      .target = R"({"type": "object", "required": ["name"], "additionalProperties": false,
                    "properties": {"name": {"type": "string", "pattern": "^[a-z0-9-]+$"}}})"};

  explicit file_scaler(const scalehook::host& host)
      : folder_{host.require<std::string>("/folder")} {}

  scalehook::outcome<scalehook::state> read(scalehook::call&, const scalehook::target& target) {
    std::ifstream file{folder_ / target["name"]};
    if (!file) return scalehook::not_found("no-file", "there is no file for this target");
    scalehook::state found;
    if (!(file >> found.replicas)) return scalehook::failed("no-number", "the file has no number");
    found.ready = found.replicas;
    found.version = std::to_string(found.replicas);
    return found;
  }

  scalehook::outcome<scalehook::done> write(scalehook::call& call, const scalehook::target& target,
                                            const scalehook::change& change) {
    const auto found = read(call, target);
    if (!found) return found.error();
    if (!change.version.empty() && change.version != found->version) {
      return scalehook::conflict("changed", "the file was changed by somebody else");
    }
    if (change.dry_run) return scalehook::done{.version = found->version};
    std::ofstream file{folder_ / target["name"]};
    if (!(file << change.replicas << '\n' << std::flush)) {
      return scalehook::denied("not-written", "the file cannot be written");
    }
    return scalehook::done{.version = std::to_string(change.replicas)};
  }

 private:
  std::filesystem::path folder_;
};

SCALEHOOK_PLUGIN(file_scaler)
