#include "core/config/load.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <optional>
#include <tuple>

#include "core/config/file.hpp"
#include "core/config/sections.hpp"
#include "core/config/yaml.hpp"

namespace scalehook::config {
namespace {

void collect_places(const YamlNode& node, const std::string& pointer, Document& document) {
  document.places.emplace(pointer, node.place);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    collect_places(node.items[i], pointer + pointer_token(std::to_string(i)), document);
  }
  for (const YamlNode::Member& member : node.members) {
    const std::string inner = pointer + pointer_token(member.key);
    document.key_places.emplace(inner, member.place);
    collect_places(member.value, inner, document);
  }
}

bool read_server(const Value& v, std::string& to) {
  std::string text;
  if (!v.text(text)) return false;
  const auto url = boost::urls::parse_uri(text);
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty()) {
    v.mistake(fmt::format("\"{}\" is no URL of a server; write it like http://host:9093", text));
    return false;
  }
  to = std::move(text);
  return true;
}

void read_prometheus(const Value& section, std::string& to) {
  section.mapping({{"url", [&](const Value& v) { read_server(v, to); }, true}});
}

// One, or all of a cluster.
void read_alertmanager(const Value& section, Config& config) {
  const auto add = [&](const Value& v) {
    if (std::string url; read_server(v, url)) config.alertmanager_urls.push_back(std::move(url));
  };
  const auto read = [&](const Value& v) {
    if (v.node().kind == YamlNode::Kind::sequence) {
      if (v.node().items.empty()) v.mistake("names no server; leave it out to ask none");
      v.sequence(add);
    } else {
      add(v);
    }
  };
  section.mapping({{"url", read, true},
                   {"settled", [&](const Value& v) { v.duration(config.alertmanager_settled); }},
                   {"receiver", [&](const Value& v) { v.text(config.alertmanager_receiver); }}});
}

void read_ack(const Value& root, Config& config) {
  const Value ack = root.at("ack");
  std::size_t index = 0;
  if (!ack.word({"journaled", "applied"}, index)) return;
  config.ack = index == 0 ? Ack::journaled : Ack::applied;
  if (config.ack == Ack::applied && !root.has("alertmanager")) {
    ack.mistake(
        "applied needs alertmanager.url: what fires is asked there at a start that remembers "
        "nothing");
  }
}

void read_budget(const Value& section, scaling::Budget& to) {
  const auto count = [](std::optional<std::int64_t>& place) {
    return [&place](const Value& v) {
      if (std::int64_t read{}; v.integer(1, most_replicas, read)) place = read;
    };
  };
  const auto read_share = [&](const Value& v) {
    double share{};
    if (!v.positive(share)) return;
    if (share > 1) return v.mistake("must be at most 1, which never freezes");
    to.scale_in_share = share;
  };
  section.mapping({{"changes_per_target", count(to.changes_per_target)},
                   {"changes", count(to.changes)},
                   {"scale_in_share", read_share}});
}

void read_directories(const Value& section, std::vector<std::string>& to) {
  const auto read = [&](const Value& list) {
    list.sequence([&](const Value& v) {
      std::string path;
      if (!v.text(path)) return;
      if (path.front() != '/') {
        v.mistake(fmt::format("\"{}\" must be an absolute path", path));
        return;
      }
      to.push_back(std::move(path));
    });
  };
  section.mapping({{"directories", read}});
}

bool is_own_path(std::string_view path) {
  return path == "/" || path == "/metrics" || path.starts_with("/-/") || path.starts_with("/api/");
}

void read_webhook_paths(const Value& section, std::vector<std::string>& to) {
  const auto read = [&](const Value& list) {
    list.sequence([&](const Value& v) {
      std::string path;
      if (!v.text(path)) return;
      if (path.front() != '/' || path.find_first_of("?# ") != std::string::npos) {
        v.mistake(fmt::format("\"{}\" is no path; write it like /hpa", path));
      } else if (is_own_path(path)) {
        v.mistake(fmt::format("\"{}\" serves another purpose; choose another path", path));
      } else if (std::find(to.begin(), to.end(), path) == to.end()) {
        to.push_back(std::move(path));
      }
    });
  };
  section.mapping({{"webhook_paths", read}});
}

void read_history(const Value& section, std::chrono::seconds& to) {
  const auto read = [&](const Value& v) {
    std::chrono::seconds retention{};
    if (!v.duration(retention)) return;
    if (retention < std::chrono::hours{1}) {
      v.mistake("is too short to look anything up in; keep at least 1h");
      return;
    }
    to = retention;
  };
  section.mapping({{"retention", read}});
}

// With a file's own scalers, the rule that is there when none is written may have lost its own.
void check_scalers_of_built_in_rule(const Value& scalers, const std::vector<std::string>& names) {
  for (const char* name : {"deployment", "statefulset"}) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    scalers.mistake(fmt::format(
        "without \"rules\" the rule from-labels is in force, and it uses the scaler \"{}\", which "
        "is not defined here; define it, or write rules",
        name));
  }
}

// The sections stand in any order and are read in the order of what they need of each other.
struct Sections {
  std::optional<Value> scalers, notifiers, defaults, rules;
};

void read_scalers_and_notifiers(const Sections& sections, Document& document) {
  if (sections.scalers) {
    Instances read = read_instances(*sections.scalers, InstanceKind::scaler);
    document.config.scalers = std::move(read.instances);
    document.scaler_pointers = std::move(read.pointers);
  }
  if (sections.notifiers) {
    Instances read = read_instances(*sections.notifiers, InstanceKind::notifier);
    document.config.notifiers = std::move(read.instances);
    document.notifier_pointers = std::move(read.pointers);
  }
  document.scaler_pointers.resize(document.config.scalers.size());
  document.notifier_pointers.resize(document.config.notifiers.size());
}

// Each once, in the file's order.
std::vector<std::string> names(const std::vector<PluginInstance>& instances) {
  std::vector<std::string> names;
  for (const PluginInstance& instance : instances) {
    const bool known = std::find(names.begin(), names.end(), instance.name) != names.end();
    if (!known && !instance.name.empty()) names.push_back(instance.name);
  }
  return names;
}

void read_rules(const Sections& sections, Document& document) {
  const auto scalers = names(document.config.scalers);
  const auto notifiers = names(document.config.notifiers);
  // Whoever defines notifiers and names none in `notify` wants to hear of everything.
  Inherited defaults;
  defaults.notify = notifiers;
  if (sections.defaults) sections.defaults->mapping(inherited_keys(defaults, notifiers));
  document.config.rules.clear();
  if (!sections.rules) {
    if (sections.scalers) check_scalers_of_built_in_rule(*sections.scalers, scalers);
    document.config.rules.push_back(from_labels(defaults));
    document.rule_pointers.emplace_back();
    return;
  }
  std::set<std::string> seen;
  sections.rules->sequence([&](const Value& item) {
    document.config.rules.push_back(read_rule(item, defaults, scalers, notifiers));
    document.rule_pointers.push_back(item.pointer());
    const std::string& name = document.config.rules.back().selection.name;
    if (!name.empty()) check_unique(item.at("name"), name, seen);
  });
}

void read_sections(const Value& root, Document& document) {
  Config& config = document.config;
  Sections sections;
  root.mapping(
      {{"ack", [&](const Value&) { read_ack(root, config); }},
       {"alertmanager", [&](const Value& v) { read_alertmanager(v, config); }},
       {"prometheus", [&](const Value& v) { read_prometheus(v, config.prometheus_url); }},
       {"budget", [&](const Value& v) { read_budget(v, config.budget); }},
       {"startup_grace", [&](const Value& v) { v.duration(config.startup_grace); }},
       {"plugins", [&](const Value& v) { read_directories(v, config.plugin_directories); }},
       {"web", [&](const Value& v) { read_webhook_paths(v, config.webhook_paths); }},
       {"history", [&](const Value& v) { read_history(v, config.history_retention); }},
       {"scalers", [&](const Value& v) { sections.scalers = v; }},
       {"notifiers", [&](const Value& v) { sections.notifiers = v; }},
       {"defaults", [&](const Value& v) { sections.defaults = v; }},
       {"rules", [&](const Value& v) { sections.rules = v; }}});
  read_scalers_and_notifiers(sections, document);
  read_rules(sections, document);
}

}  // namespace

std::string to_text(const std::string& file, const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    text += fmt::format("{}:{}:{}: {}{}{}\n", file, mistake.place.line, mistake.place.column,
                        mistake.pointer, mistake.pointer.empty() ? "" : ": ", mistake.message);
  }
  return text;
}

Place Document::place(std::string_view pointer) const {
  while (true) {
    if (const auto known = places.find(pointer); known != places.end()) return known->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return {1, 1};
    pointer = pointer.substr(0, slash);
  }
}

Place Document::key_place(std::string_view pointer) const {
  const auto known = key_places.find(pointer);
  return known != key_places.end() ? known->second : place(pointer);
}

Reading read(std::string_view yaml) {
  std::vector<Mistake> mistakes;
  const YamlNode root = parse_yaml(yaml, mistakes);
  Document document{.config = built_in(),
                    .places = {},
                    .key_places = {},
                    .scaler_pointers = {},
                    .notifier_pointers = {},
                    .rule_pointers = {}};
  collect_places(root, "", document);
  // An empty file is the built-in configuration, written in no words.
  static const YamlNode nothing{.kind = YamlNode::Kind::mapping,
                                .place = {1, 1},
                                .text = {},
                                .quoted = false,
                                .items = {},
                                .members = {}};
  read_sections(Value(root.kind == YamlNode::Kind::null ? nothing : root, "", mistakes), document);
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  return {std::move(document), std::move(mistakes)};
}

Reading read_file(const std::string& path) {
  const auto text = read_text(path);
  if (text) return read(*text);
  auto unread = read("");
  unread.mistakes = {{{1, 1}, "", text.error()}};
  return unread;
}

namespace {

boost::system::result<Document, std::vector<Mistake>> all_or_none(Reading reading) {
  if (!reading.mistakes.empty()) return std::move(reading.mistakes);
  return std::move(reading.document);
}

}  // namespace

boost::system::result<Document, std::vector<Mistake>> load(std::string_view yaml) {
  return all_or_none(read(yaml));
}

boost::system::result<Document, std::vector<Mistake>> load_file(const std::string& path) {
  return all_or_none(read_file(path));
}

}  // namespace scalehook::config
