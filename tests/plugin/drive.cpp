// Drives one plugin through the real loader: a JSON request a line in, a JSON answer a line out.
//   plugin-drive PLUGIN.so --settings JSON [--name NAME]
// Requests, of which only "call" and what it is about are required:
//   {"call": "read", "target": {…}, "timeout_ms": 5000, "input": {…}}
//   {"call": "write", "target": {…}, "replicas": 3, "version": "…", "dry_run": false}
//   {"call": "notify", "event": {…}}, or "events": [{…}, …]
// A key of an answer that has no value is null. Ends with 1 if the plugin cannot be loaded or made,
// 2 at a line that is no request, 3 if a call does not return after the last line.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <future>
#include <iostream>
#include <string>
#include <vector>

#include "core/plugin/instance.hpp"
#include "core/plugin/library.hpp"

namespace {

namespace json = boost::json;
namespace plugin = scalehook::plugin;

json::object to_json(const plugin::Outcome& outcome) {
  json::object result{{"status", std::string(plugin::to_text(outcome.status))},
                      {"code", outcome.code},
                      {"explanation", outcome.explanation},
                      {"retry_after_ms", nullptr}};
  if (outcome.retry_after) result["retry_after_ms"] = outcome.retry_after->count();
  return result;
}

json::object to_json(const plugin::ReadAnswer& answer) {
  json::object result = to_json(answer.outcome);
  result["replicas"] = answer.replicas ? json::value(*answer.replicas) : json::value();
  result["ready"] = answer.ready ? json::value(*answer.ready) : json::value();
  result["max"] = answer.max ? json::value(*answer.max) : json::value();
  result["version"] = answer.version;
  result["uid"] = answer.uid;
  result["hold"] = answer.hold;
  return result;
}

json::object to_json(const plugin::WriteAnswer& answer) {
  json::object result = to_json(answer.outcome);
  result["version"] = answer.version;
  result["replicas"] = answer.replicas ? json::value(*answer.replicas) : json::value();
  return result;
}

// Waits for the answer that `start` hands to the function it is given.
template <class Answer, class Start>
json::object wait(Start start) {
  std::promise<Answer> promise;
  start([&](Answer answer) { promise.set_value(std::move(answer)); });
  return to_json(promise.get_future().get());
}

json::object drive(plugin::Instance& instance, const json::object& request) {
  const auto or_else = [&](std::string_view key, const json::value& otherwise) {
    const json::value* const found = request.if_contains(key);
    return found == nullptr || found->is_null() ? otherwise : *found;
  };
  const auto deadline =
      std::chrono::steady_clock::now() +
      std::chrono::milliseconds(or_else("timeout_ms", 5000).to_number<std::int64_t>());
  const plugin::Input input = request.contains("input")
                                  ? std::make_shared<const json::value>(request.at("input"))
                                  : nullptr;
  const auto call = json::value_to<std::string>(request.at("call"));
  if (call == "notify") {
    return wait<plugin::Outcome>([&](auto answer) {
      std::vector<std::string> events;
      if (request.contains("event")) events.push_back(json::serialize(request.at("event")));
      const json::value group = or_else("events", json::array{});
      for (const auto& event : group.as_array()) events.push_back(json::serialize(event));
      instance.notify(std::move(events), input, deadline, std::move(answer));
    });
  }
  const auto target = json::value_to<plugin::TargetFields>(request.at("target"));
  if (call == "read") {
    return wait<plugin::ReadAnswer>(
        [&](auto answer) { instance.read(target, input, deadline, std::move(answer)); });
  }
  if (call == "write") {
    return wait<plugin::WriteAnswer>([&](auto answer) {
      instance.write(target, request.at("replicas").to_number<std::int64_t>(),
                     json::value_to<std::string>(or_else("version", "")),
                     or_else("dry_run", false).as_bool(), input, deadline, std::move(answer));
    });
  }
  throw std::invalid_argument("\"call\" is to be read, write or notify");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Drives a scalehook plugin: a JSON request a line in, a JSON answer a line out");
  std::string path;
  std::string settings = "{}";
  std::string name = "driven";
  app.add_option("plugin", path, "The shared object, by its absolute path")->required();
  app.add_option("--settings", settings, "The settings, as JSON")->capture_default_str();
  app.add_option("--name", name, "The instance's name")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto library = plugin::load(path);
  if (!library) {
    fmt::print(stderr, "{}\n", library.error());
    return 1;
  }
  boost::system::error_code error;
  const json::value parsed = json::parse(settings, error);
  if (error) {
    fmt::print(stderr, "--settings: {}\n", error.message());
    return 1;
  }
  const auto instance = plugin::Instance::create(*library, name, parsed, nullptr);
  if (!instance) {
    fmt::print(stderr, "{}\n", instance.error());
    return 1;
  }
  int result = 0;
  for (std::string line; result == 0 && std::getline(std::cin, line);) {
    try {
      std::cout << drive(**instance, json::parse(line).as_object()) << std::endl;
    } catch (const std::exception& fault) {
      fmt::print(stderr, "no request: {}: {}\n", line, fault.what());
      result = 2;
    }
  }
  if (!(*instance)->stop(std::chrono::seconds(10))) _exit(3);
  return result;
}
