#include "core/rules/select.hpp"

#include <algorithm>
#include <utility>

#include "core/rules/template.hpp"

namespace scalehook::rules {
namespace {

bool has_label(const alert::Alert& alert, const std::string& name) {
  const auto found = alert.labels.find(name);
  return found != alert.labels.end() && !found->second.empty();
}

// `what` is the rule's key, for the sentence.
NoTarget missing(const Rule& rule, const std::string& what, const std::string& label) {
  NoTarget lacking;
  lacking.explanation = "the alert has no label or annotation \"" + label + "\", which " + what +
                        " of rule \"" + rule.name + "\" needs";
  return lacking;
}

}  // namespace

bool matches(const Rule& rule, const alert::Labels& labels) {
  return std::all_of(rule.matchers.begin(), rule.matchers.end(),
                     [&](const Matcher& matcher) { return matcher.matches(labels); });
}

boost::system::result<Selection, NoTarget> select(const Rule& rule, const alert::Alert& alert) {
  const auto alternative =
      std::find_if(rule.alternatives.begin(), rule.alternatives.end(),
                   [&](const auto& other) { return has_label(alert, other.label); });
  const bool other = alternative != rule.alternatives.end();
  const auto& scaler = other ? alternative->scaler : rule.scaler;
  const auto& fields = other ? alternative->target : rule.target;

  Selection selection;
  if (auto text = expand(scaler, alert)) {
    selection.target.scaler = *std::move(text);
  } else {
    return missing(rule, "target.scaler", text.error());
  }
  for (const auto& [field, pattern] : fields) {
    auto text = expand(pattern, alert);
    if (!text) return missing(rule, "target." + field, text.error());
    selection.target.fields.emplace(field, *std::move(text));
  }
  if (auto text = expand(rule.action, alert)) {
    selection.action = *std::move(text);
  } else {
    auto lacking = missing(rule, "action", text.error());
    lacking.lacks_action = true;
    return lacking;
  }

  selection.series = alert.labels;
  selection.series.erase("value");
  selection.identity = selection.series;
  for (const auto& name : rule.ignore_labels) selection.identity.erase(name);
  return selection;
}

}  // namespace scalehook::rules
