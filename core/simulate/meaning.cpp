#include "core/simulate/meaning.hpp"

#include <algorithm>

#include "core/rules/select.hpp"

namespace scalehook::simulate {

Meaning meaning_of(const config::Config& config, const AlertRule& rule,
                   const alert::Labels& series) {
  alert::Alert alert;
  alert.labels = labels_of(rule, series, 0);
  alert.annotations = annotations_of(rule, series, 0);
  const auto found =
      std::find_if(config.rules.begin(), config.rules.end(), [&](const config::Rule& candidate) {
        return rules::matches(candidate.selection, alert.labels);
      });
  if (found == config.rules.end()) return {};
  Meaning meaning;
  meaning.rule = &*found;
  if (auto selection = rules::select(found->selection, alert)) {
    meaning.target = std::move(selection->target);
    meaning.action = std::move(selection->action);
  } else {
    meaning.fault = selection.error().explanation;
  }
  return meaning;
}

}  // namespace scalehook::simulate
