#include <fmt/core.h>

#include "core/config/sections.hpp"

namespace scalehook::config {
namespace {

const std::vector<std::string> event_kinds = {"scaled", "refused", "failed", "unchanged"};

void read_events(const Value& value, std::set<std::string>& to) {
  const bool is_list = value.sequence([&](const Value& item) {
    std::size_t kind{};
    if (item.word(event_kinds, kind)) to.insert(event_kinds[kind]);
  });
  if (is_list && value.node().items.empty()) {
    value.mistake("is empty; leave it out for all kinds of event, or name some");
  }
}

// Longer, and it would be no news any more.
constexpr std::chrono::minutes longest_group_wait{10};

void read_group_wait(const Value& value, std::optional<std::chrono::seconds>& to) {
  std::chrono::seconds wait{};
  if (!value.duration(wait)) return;
  if (wait > longest_group_wait) return value.mistake("must be at most 10m");
  to = wait;
}

}  // namespace

void check_unique(const Value& value, const std::string& name, std::set<std::string>& seen) {
  if (!seen.insert(name).second) {
    value.mistake(fmt::format("\"{}\" is defined twice; choose another name", name));
  }
}

Instances read_instances(const Value& section, InstanceKind kind) {
  Instances read;
  std::set<std::string> seen;
  section.sequence([&](const Value& item) {
    PluginInstance instance;
    std::vector<Value::Key> keys = {
        {"name",
         [&](const Value& v) {
           if (v.name(instance.name)) check_unique(v, instance.name, seen);
         },
         true},
        {"plugin", [&](const Value& v) { v.name(instance.plugin); }, true},
        {"settings", [&](const Value& v) {
           if (v.members([](const auto&, const auto&) {})) instance.settings = v.json().as_object();
         }}};
    if (kind == InstanceKind::notifier) {
      keys.push_back({"events", [&](const Value& v) { read_events(v, instance.events); }});
      keys.push_back(
          {"group_wait", [&](const Value& v) { read_group_wait(v, instance.group_wait); }});
    }
    item.mapping(keys);
    // Kept with its mistakes: its name counts as defined.
    read.instances.push_back(std::move(instance));
    read.pointers.push_back(item.pointer());
  });
  return read;
}

}  // namespace scalehook::config
