#include "core/config/yaml.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace scalehook::config {
namespace {

constexpr std::size_t max_depth = 64;
// Ten lines of aliases to aliases are a thousand million nodes when they are written out.
constexpr std::size_t max_nodes = 100'000;

Place to_place(const YAML::Mark& mark) {
  if (mark.is_null()) return {1, 1};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

std::size_t count(const YamlNode& node) {
  std::size_t sum = 1;
  for (const YamlNode& item : node.items) sum += count(item);
  for (const YamlNode::Member& member : node.members) sum += count(member.value);
  return sum;
}

// Builds the tree from the parser's events rather than from YAML::Node, which forgets the places of
// keys, drops keys that stand twice, and puts no bound on aliases.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::vector<Mistake>& mistakes) : mistakes_(mistakes) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(scalar(mark, YamlNode::Kind::null), anchor, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = scalar(mark, YamlNode::Kind::scalar);
    node.text = value;
    node.quoted = tag == "!";  // plain ones have "?"
    add(std::move(node), anchor, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      throw YAML::ParserException(mark, "an alias cannot stand within what it refers to");
    }
    count_nodes(mark, known->second.nodes);
    add(known->second.node, 0, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, YamlNode::Kind::sequence, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, YamlNode::Kind::mapping, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    merge(open_.back().node);
    close();
  }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor{};
    YAML::Mark mark;
    std::optional<YamlNode> key;  // of a mapping whose value is awaited
  };
  struct Anchored {
    YamlNode node;
    std::size_t nodes{};
  };

  YamlNode scalar(const YAML::Mark& mark, YamlNode::Kind kind) {
    count_nodes(mark, 1);
    YamlNode node;
    node.kind = kind;
    node.place = to_place(mark);
    return node;
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    if (open_.size() >= max_depth) {
      throw YAML::ParserException(mark, fmt::format("nested deeper than {} levels", max_depth));
    }
    open_.push_back({scalar(mark, kind), anchor, mark, std::nullopt});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor, done.mark);
  }

  void add(YamlNode node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != 0) {
      const std::size_t nodes = count(node);
      count_nodes(mark, nodes);
      anchors_[anchor] = {node, nodes};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      add_member(parent.node, *std::exchange(parent.key, std::nullopt), std::move(node));
    }
  }

  void add_member(YamlNode& mapping, const YamlNode& key, YamlNode value) {
    if (key.kind != YamlNode::Kind::scalar) {
      mistakes_.push_back({key.place, "", "a key must be text"});
      return;
    }
    const auto first = find(mapping, key.text);
    if (first != mapping.members.end() && key.text != "<<") {
      mistakes_.push_back({key.place, "",
                           fmt::format("key \"{}\" stands twice in this mapping (first in line "
                                       "{}); remove one",
                                       key.text, first->place.line)});
      return;
    }
    // The parser puts the mark of a missing value behind it, often in the next line.
    if (value.kind == YamlNode::Kind::null) value.place = key.place;
    mapping.members.push_back({key.text, key.place, std::move(value)});
  }

  static std::vector<YamlNode::Member>::iterator find(YamlNode& mapping, const std::string& key) {
    return std::find_if(mapping.members.begin(), mapping.members.end(),
                        [&](const YamlNode::Member& member) { return member.key == key; });
  }

  // https://yaml.org/type/merge.html: what is written here wins, then what is merged first.
  void merge(YamlNode& mapping) {
    std::vector<YamlNode::Member> written = std::exchange(mapping.members, {});
    std::vector<const YamlNode*> merged;
    for (YamlNode::Member& member : written) {
      if (member.key != "<<") mapping.members.push_back(std::move(member));
    }
    for (const YamlNode::Member& member : written) {
      if (member.key != "<<") continue;
      if (member.value.kind == YamlNode::Kind::mapping) merged.push_back(&member.value);
      for (const YamlNode& item : member.value.items) merged.push_back(&item);
    }
    for (const YamlNode* from : merged) {
      for (const YamlNode::Member& member : from->members) {
        if (find(mapping, member.key) == mapping.members.end()) mapping.members.push_back(member);
      }
    }
  }

  void count_nodes(const YAML::Mark& mark, std::size_t more) {
    nodes_ += more;
    if (nodes_ > max_nodes) {
      throw YAML::ParserException(
          mark, fmt::format("more than {} values with all aliases written out", max_nodes));
    }
  }

  std::vector<Mistake>& mistakes_;
  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

// The parser's words where they help a user, else what they mean.
std::string explain(std::string_view text, const YAML::Exception& fault) {
  for (std::size_t line = 1; line < to_place(fault.mark).line; ++line) {
    text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  }
  const std::string_view indentation = text.substr(0, text.find_first_not_of(" \t"));
  if (indentation.find('\t') != std::string_view::npos) {
    return "this line is indented with a tab; use blanks";
  }
  if (fault.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) return "a \"{\" is not closed by \"}\"";
  if (fault.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) return "a \"[\" is not closed by \"]\"";
  if (fault.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR) return "no anchor of this name stands before";
  return fault.msg;
}

}  // namespace

YamlNode parse_yaml(std::string_view text, std::vector<Mistake>& mistakes) {
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(mistakes);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take_root();
    if (TreeBuilder rest(mistakes); parser.HandleNextDocument(rest)) {
      mistakes.push_back(
          {rest.take_root().place, "", "a second YAML document begins here; a file holds one"});
    }
    return root;
  } catch (const YAML::Exception& e) {
    mistakes.push_back({to_place(e.mark), "", "not valid YAML: " + explain(text, e)});
    return {};
  }
}

}  // namespace scalehook::config
