// A plugin that does all right, for the tests of the host: it tells what it was given.
#include <barrier>
#include <scalehook/plugin.hpp>
#include <string>

namespace {

class echo {
 public:
  static constexpr scalehook::info info{
      .name = "echo",
      .version = "1.2.3",
      .settings = R"({"type": "object", "properties": {
          "word": {"type": "string", "default": "hello"},
          "a/b": {"type": "object", "properties": {"c~d": {"type": "integer", "default": 7}}},
          "broken": {"type": "boolean", "default": false}}})",
      .target = R"({"type": "object", "required": ["name"], "properties": {
          "name": {"type": "string", "pattern": "^[a-z-]+$"},
          "namespace": {"type": "string", "default": "default"}}})",
      .max_concurrency = 2};

  explicit echo(const scalehook::host& host) : host_(host) {
    if (host_.require<bool>("/broken")) throw scalehook::invalid("broken", "/broken is true");
    host_.info("created\nwith " + std::string(host_.settings()));
  }

  // A target named "meet" returns when two such calls are running.
  scalehook::outcome<scalehook::state> read(scalehook::call& call,
                                            const scalehook::target& target) {
    if (target["name"] == "meet") both_.arrive_and_wait();
    if (target["name"] == "gone") return scalehook::not_found("http-404", "no such thing");
    std::string told = host_.require<std::string>("/word") + " " +
                       std::to_string(host_.require<int>("/a~1b/c~0d")) + " " +
                       call.input("/instance/name").value_or("?") + " " +
                       call.input("/rule/name").value_or("?");
    for (const auto [name, value] : target) {
      told.append(" ").append(name).append("=").append(value);
    }
    return scalehook::state{.replicas = 3,
                            .ready = 2,
                            .max = 40,
                            .version = "v1",
                            .uid = "u1",
                            .hold = scalehook::hold::in,
                            .code = "paused",
                            .explanation = told};
  }

  scalehook::outcome<scalehook::done> write(scalehook::call&, const scalehook::target&,
                                            const scalehook::change& change) {
    return scalehook::done{
        .version = std::string(change.version) + "+",
        .explanation = std::to_string(change.replicas) + (change.dry_run ? " dry" : " wet")};
  }

  scalehook::outcome<scalehook::done> notify(scalehook::call&, std::string_view event) {
    return scalehook::retry("busy", std::string(event), std::chrono::milliseconds(1500));
  }

  scalehook::outcome<scalehook::done> notify_group(scalehook::call&,
                                                   std::span<const std::string_view> events) {
    std::string told = std::to_string(events.size()) + " events:";
    for (const auto event : events) told.append(" ").append(event);
    return scalehook::done{.explanation = told};
  }

 private:
  const scalehook::host host_;
  std::barrier<> both_{2};
};

}  // namespace

SCALEHOOK_PLUGIN(echo)
