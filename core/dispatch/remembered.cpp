#include "core/dispatch/remembered.hpp"

#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

namespace scalehook::dispatch {
namespace {

namespace json = boost::json;
using alert::Labels;
using scaling::Claim;
using scaling::Episode;
using scaling::Key;
using scaling::Memory;
using scaling::Moment;
using scaling::Obligation;
using scaling::Want;

// Times are nanoseconds, ours and the senders' alike.
template <typename Clock>
std::int64_t put(std::chrono::time_point<Clock, std::chrono::nanoseconds> time) {
  return time.time_since_epoch().count();
}
Moment moment(const json::value& value) {
  return Moment{std::chrono::nanoseconds{value.to_number<std::int64_t>()}};
}
scaling::SenderTime sender_time(const json::value& value) {
  return scaling::SenderTime{std::chrono::nanoseconds{value.to_number<std::int64_t>()}};
}

template <typename Number>
json::value put(const std::optional<Number>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}
template <typename Number>
std::optional<Number> number(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  return value.to_number<Number>();
}
json::value put(const std::optional<Moment>& time) {
  return time ? json::value(put(*time)) : json::value(nullptr);
}
std::optional<Moment> time(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  return moment(value);
}

// Where an earlier version wrote none.
const json::value* if_any(const json::value& value, std::string_view key) {
  return value.as_object().if_contains(key);
}
std::optional<Moment> time_if_any(const json::value& value, std::string_view key) {
  const auto* found = if_any(value, key);
  return found == nullptr ? std::nullopt : time(*found);
}
bool flag_if_any(const json::value& value, std::string_view key) {
  const auto* found = if_any(value, key);
  return found != nullptr && found->as_bool();
}

// Labels, or the fields of a target.
template <typename Texts>
json::object put_texts(const Texts& texts) {
  json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}
json::object put(const Labels& labels) { return put_texts(labels); }
Labels labels(const json::value& value) {
  Labels labels;
  for (const auto& [name, text] : value.as_object()) {
    labels.emplace(name, std::string{text.as_string()});
  }
  return labels;
}

json::value put(const Key& key) { return json::array{key.first, put(key.second)}; }
Key key(const json::value& value) {
  return {std::string{value.at(0).as_string()}, labels(value.at(1))};
}

json::object put(const Want& want) {
  json::object object{
      {"replicas", put(want.replicas)}, {"value", put(want.value)}, {"at", put(want.at)}};
  if (!want.measures.empty()) object["measures"] = json::value_from(want.measures);
  if (want.without_effect) object["without_effect"] = true;
  return object;
}
Want want(const json::value& value) {
  Want want{number<std::int64_t>(value.at("replicas")), number<double>(value.at("value")),
            moment(value.at("at"))};
  if (const auto* measures = if_any(value, "measures")) {
    want.measures = json::value_to<std::vector<double>>(*measures);
  }
  want.without_effect = flag_if_any(value, "without_effect");
  return want;
}

json::array put(const std::map<Labels, scaling::Resolved>& resolved) {
  json::array array;
  for (const auto& [series, at] : resolved) {
    array.push_back(json::array{put(series), put(at.starts_at), put(at.at), at.repeated});
  }
  return array;
}
std::map<Labels, scaling::Resolved> resolved(const json::value& value) {
  std::map<Labels, scaling::Resolved> map;
  for (const auto& item : value.as_array()) {
    const bool repeated = item.as_array().size() > 3 && item.at(3).as_bool();
    map[labels(item.at(0))] = {sender_time(item.at(1)), moment(item.at(2)), repeated};
  }
  return map;
}

json::object put(const Claim& claim) {
  json::array firing;
  for (const auto& [series, starts_at] : claim.firing) {
    firing.push_back(json::array{put(series), put(starts_at)});
  }
  json::object object{{"action", scaling::to_text(claim.action)},
                      {"firing", std::move(firing)},
                      {"resolved", put(claim.resolved)},
                      {"confirmed_at", put(claim.confirmed_at)},
                      {"suppressed", claim.suppressed},
                      {"value", put(claim.value)},
                      {"sampled_at", put(claim.sampled_at)},
                      {"measured", claim.measured},
                      {"want", put(claim.want)},
                      {"rebuilt", claim.rebuilt},
                      {"generator_url", claim.generator_url}};
  if (claim.below) object["below"] = true;
  return object;
}
Claim claim(const json::value& value, std::shared_ptr<const scaling::Behavior> behavior) {
  Claim claim;
  const auto action = scaling::parse_action(value.at("action").as_string());
  if (!action) throw std::invalid_argument{"unknown action"};
  claim.action = *action;
  claim.behavior = std::move(behavior);
  for (const auto& item : value.at("firing").as_array()) {
    claim.firing[labels(item.at(0))] = sender_time(item.at(1));
  }
  claim.resolved = resolved(value.at("resolved"));
  claim.confirmed_at = moment(value.at("confirmed_at"));
  claim.suppressed = value.at("suppressed").as_bool();
  claim.value = number<double>(value.at("value"));
  claim.sampled_at = moment(value.at("sampled_at"));
  claim.measured = value.at("measured").as_bool();
  claim.want = want(value.at("want"));
  claim.below = flag_if_any(value, "below");
  claim.rebuilt = flag_if_any(value, "rebuilt");
  claim.generator_url = value.at("generator_url").as_string();
  return claim;
}

json::object put(const Episode& episode) {
  return {{"series", put(episode.series)},
          {"closed_at", put(episode.closed_at)},
          {"expired", episode.expired},
          {"unannounced", episode.unannounced},
          {"replay", episode.replay ? json::value(put(*episode.replay)) : json::value(nullptr)},
          {"want", put(episode.want)},
          {"began_at", put(episode.began_at)},
          {"baseline", put(episode.baseline)},
          {"known", put(episode.known)}};
}
Episode episode(const json::value& value, std::shared_ptr<const scaling::Behavior> behavior) {
  Episode episode;
  episode.series = resolved(value.at("series"));
  episode.closed_at = moment(value.at("closed_at"));
  episode.expired = value.at("expired").as_bool();
  episode.unannounced = value.at("unannounced").as_bool();
  if (!value.at("replay").is_null()) {
    episode.replay = claim(value.at("replay"), std::move(behavior));
  }
  episode.want = want(value.at("want"));
  episode.began_at = time_if_any(value, "began_at");
  episode.baseline = number<std::int64_t>(value.at("baseline"));
  episode.known = number<std::int64_t>(value.at("known"));
  return episode;
}

json::object put(const Obligation& left) {
  json::array traces;
  for (const auto& trace : left.traces) {
    traces.push_back(json::array{put(trace.key), trace.generator_url, static_cast<int>(trace.how)});
  }
  return {{"how", static_cast<int>(left.how)},
          {"rule", left.behavior->rule},
          {"at", put(left.at)},
          {"to", put(left.to)},
          {"moved", left.moved},
          {"before", put(left.before)},
          {"proven_since", put(left.proven_since)},
          {"proven_at", put(left.proven_at)},
          {"traces", std::move(traces)}};
}
std::optional<Obligation> obligation(const json::value& value, const FindBehavior& find) {
  if (value.is_null()) return std::nullopt;
  Obligation left;
  left.behavior = find(std::string{value.at("rule").as_string()});
  left.how = static_cast<scaling::OnResolved>(value.at("how").to_number<int>());
  left.at = moment(value.at("at"));
  // The version before computed the goal of every kind once.
  if (left.how == scaling::OnResolved::step) left.to = number<std::int64_t>(value.at("to"));
  left.moved = flag_if_any(value, "moved");
  if (const auto* before = if_any(value, "before")) left.before = number<std::int64_t>(*before);
  left.proven_since = time_if_any(value, "proven_since").value_or(Moment{});
  left.proven_at = time_if_any(value, "proven_at");
  for (const auto& item : value.at("traces").as_array()) {
    scaling::Trace trace;
    trace.key = key(item.at(0));
    trace.behavior = find(trace.key.first);
    trace.generator_url = item.at(1).as_string();
    const bool has_its_own = item.as_array().size() > 2;  // an early version wrote none
    trace.how =
        has_its_own ? static_cast<scaling::OnResolved>(item.at(2).to_number<int>()) : left.how;
    left.traces.push_back(std::move(trace));
  }
  if (left.traces.empty()) {
    left.traces.push_back({{left.behavior->rule, {}}, left.behavior, {}, left.how});
  }
  return left;
}

json::object put(const scaling::Intent& intent) {
  return {{"from", intent.from},
          {"to", intent.to},
          {"at", put(intent.at)},
          {"rule", intent.behavior ? intent.behavior->rule : ""},
          {"restores", intent.restores},
          {"undoes", intent.undoes},
          {"explanation", intent.explanation}};
}
scaling::Intent intent(const json::value& value, const FindBehavior& find) {
  scaling::Intent intent;
  intent.from = value.at("from").to_number<std::int64_t>();
  intent.to = value.at("to").to_number<std::int64_t>();
  intent.at = moment(value.at("at"));
  intent.behavior = find(std::string{value.at("rule").as_string()});
  intent.restores = value.at("restores").as_bool();
  intent.undoes = flag_if_any(value, "undoes");
  intent.explanation = value.at("explanation").as_string();
  return intent;
}

template <typename Item>
json::array put_counts(const std::vector<Item>& items) {
  json::array array;
  for (const auto& item : items) array.push_back(json::array{put(item.at), item.replicas});
  return array;
}
json::array put_counts(const std::vector<scaling::Recommendation>& items) {
  json::array array;
  for (const auto& item : items) {
    array.push_back(json::array{put(item.at), item.replicas});
    if (item.until) array.back().as_array().push_back(put(*item.until));
  }
  return array;
}
template <typename Item>
std::vector<Item> counts(const json::value& value) {
  std::vector<Item> items;
  for (const auto& item : value.as_array()) {
    items.push_back({moment(item.at(0)), item.at(1).to_number<std::int64_t>()});
    if constexpr (requires { items.back().until; }) {
      if (item.as_array().size() > 2) items.back().until = moment(item.at(2));
    }
  }
  return items;
}

// Only what there is: it is written with each decision, also on a disk that is nearly full.
json::object put_restoring(const Memory& memory) {
  json::object object;
  if (!memory.levels.empty()) object["levels"] = json::value_from(memory.levels);
  if (memory.level_of) object["level_of"] = put(memory.level_of);
  if (memory.highest) object["highest"] = *memory.highest;
  if (!memory.fits.empty()) object["fits"] = put_counts(memory.fits);
  const auto& [exponent, under_way] = memory.trials;
  if (exponent != 0 || under_way) object["trials"] = json::array{exponent, under_way};
  if (memory.descent) {
    object["descent"] = json::array{put(memory.descent->at), memory.descent->replicas};
  }
  json::array failures;
  for (const auto& failure : memory.failures) {
    failures.push_back(json::array{failure.replicas, put(failure.at), failure.wait.count()});
  }
  if (!failures.empty()) object["failures"] = std::move(failures);
  return object;
}

// The version before kept no levels, but the changes by which they came about.
std::vector<std::int64_t> levels_of(const Memory& memory) {
  std::vector<std::int64_t> levels;
  auto lowest = memory.known.value_or(0);
  auto count = lowest;
  for (auto change = memory.changes.rbegin(); change != memory.changes.rend(); ++change) {
    if (memory.began_at && change->at < *memory.began_at) break;
    count -= change->replicas;
    if (change->replicas > 0 && count < lowest) levels.insert(levels.begin(), lowest = count);
  }
  return levels;
}

void take_restoring(const json::value& value, Memory& memory) {
  if (const auto* levels = if_any(value, "levels")) {
    memory.levels = json::value_to<std::vector<std::int64_t>>(*levels);
  }
  memory.level_of = time_if_any(value, "level_of");
  if (const auto* highest = if_any(value, "highest")) {
    memory.highest = number<std::int64_t>(*highest);
  }
  if (const auto* fits = if_any(value, "fits")) {
    memory.fits = counts<scaling::Recommendation>(*fits);
  }
  if (const auto* trials = if_any(value, "trials")) {
    memory.trials = {trials->at(0).to_number<int>(), trials->at(1).as_bool()};
  }
  if (const auto* descent = if_any(value, "descent")) {
    memory.descent = {moment(descent->at(0)), descent->at(1).to_number<std::int64_t>()};
  }
  const auto* failures = if_any(value, "failures");
  if (failures == nullptr) return;
  for (const auto& item : failures->as_array()) {
    memory.failures.push_back({item.at(0).to_number<std::int64_t>(), moment(item.at(1)),
                               std::chrono::nanoseconds{item.at(2).to_number<std::int64_t>()}});
  }
}

template <typename Map>
json::array put_keyed(const Map& map) {
  json::array array;
  for (const auto& [its_key, item] : map) array.push_back(json::array{put(its_key), put(item)});
  return array;
}

Memory memory(const json::value& value, const FindBehavior& find) {
  Memory memory;
  memory.uid = value.at("uid").as_string();
  for (const auto& item : value.at("claims").as_array()) {
    auto its_key = key(item.at(0));
    auto behavior = find(its_key.first);
    memory.claims.emplace(std::move(its_key), claim(item.at(1), std::move(behavior)));
  }
  for (const auto& item : value.at("closed").as_array()) {
    auto its_key = key(item.at(0));
    auto behavior = find(its_key.first);
    memory.closed.emplace(std::move(its_key), episode(item.at(1), std::move(behavior)));
  }
  memory.began_at = time_if_any(value, "began_at");
  memory.baseline = number<std::int64_t>(value.at("baseline"));
  memory.known = number<std::int64_t>(value.at("known"));
  memory.obligation = obligation(value.at("obligation"), find);
  if (const auto& value_of = value.at("intent"); value_of.is_object()) {
    memory.intent = intent(value_of, find);
  }
  memory.decided_up_to = value.at("decided_up_to").to_number<std::int64_t>();
  memory.recommendations = counts<scaling::Recommendation>(value.at("recommendations"));
  memory.changes = counts<scaling::Change>(value.at("changes"));
  for (const auto& item : value.at("reversals").as_array()) {
    memory.reversals.push_back(moment(item));
  }
  memory.contested = value.at("contested").as_bool();
  if (const auto* restoring = if_any(value, "restoring")) {
    take_restoring(*restoring, memory);
  } else {
    memory.levels = levels_of(memory);
  }
  return memory;
}

}  // namespace

std::string name_of(const rules::Target& target) {
  return json::serialize(json::array{target.scaler, put_texts(target.fields)});
}

std::string to_json(const rules::Target& target, const Memory& memory) {
  json::array reversals;
  for (const Moment at : memory.reversals) reversals.push_back(put(at));
  const json::object object{
      {"scaler", target.scaler},
      {"target", put_texts(target.fields)},
      {"uid", memory.uid},
      {"claims", put_keyed(memory.claims)},
      {"closed", put_keyed(memory.closed)},
      {"began_at", put(memory.began_at)},
      {"baseline", put(memory.baseline)},
      {"known", put(memory.known)},
      {"obligation", memory.obligation ? json::value(put(*memory.obligation)) : nullptr},
      {"intent", memory.intent ? json::value(put(*memory.intent)) : nullptr},
      {"decided_up_to", memory.decided_up_to},
      {"recommendations", put_counts(memory.recommendations)},
      {"changes", put_counts(memory.changes)},
      {"reversals", std::move(reversals)},
      {"contested", memory.contested},
      {"restoring", put_restoring(memory)}};
  return json::serialize(object);
}

std::optional<Remembered> parse_memory(std::string_view text, const FindBehavior& find) try {
  const auto value = json::parse(text);
  Remembered read;
  read.target.scaler = value.at("scaler").as_string();
  for (const auto& [name, field] : value.at("target").as_object()) {
    read.target.fields.emplace(name, std::string{field.as_string()});
  }
  read.memory = memory(value, find);
  return read;
} catch (const std::exception&) {  // it is another version's, or broken
  return std::nullopt;
}

std::string to_json(const scaling::Pause& pause) {
  json::object object{{"target", pause.target},
                      {"rule", pause.rule},
                      {"direction", pause.direction},
                      {"comment", pause.comment},
                      {"since", put(pause.since)}};
  if (pause.until) object["until"] = put(*pause.until);
  return json::serialize(object);
}

std::optional<scaling::Pause> parse_pause(std::string_view text) try {
  const auto value = json::parse(text);
  scaling::Pause pause;
  pause.target = value.at("target").as_string();
  pause.rule = value.at("rule").as_string();
  pause.direction = value.at("direction").as_string();
  pause.comment = value.at("comment").as_string();
  pause.since = sender_time(value.at("since"));
  if (value.as_object().contains("until")) pause.until = sender_time(value.at("until"));
  return pause;
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace scalehook::dispatch
