#include "core/app/explain.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <iostream>
#include <stdexcept>

#include "core/app/records.hpp"
#include "core/config/duration.hpp"
#include "core/explain/moment.hpp"
#include "core/explain/name.hpp"
#include "core/explain/story.hpp"

namespace scalehook::app {
namespace {

namespace json = boost::json;
using Found = std::vector<json::object>;

alert::Time now() {
  return std::chrono::time_point_cast<alert::Time::duration>(std::chrono::system_clock::now());
}

// Whether a label of the record's alerts has that value.
bool mentions(const json::object& record, const std::string& value) {
  const auto& alerts = record.at("alerts").as_array();
  return std::any_of(alerts.begin(), alerts.end(), [&](const json::value& alert) {
    const auto& labels = alert.at("labels").as_object();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const auto& label) { return label.value().as_string() == value; });
  });
}

// The records of alerts that came to no workload, and that name this one among their labels: their
// story belongs to it, for it is why nothing happened.
Found strayed(const Records& records, const std::string& name, journal::Filter filter) {
  filter.target = "";
  auto found = records.find(filter);
  const auto wanted = explain::last_part(name);
  std::erase_if(found, [&](const json::object& record) { return !mentions(record, wanted); });
  return found;
}

Found merged(Found one, Found other) {
  Found all;
  std::merge(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(all),
             [](const json::object& a, const json::object& b) {
               // Times of one form and zone: later is greater.
               return a.at("time").as_string() > b.at("time").as_string();
             });
  return all;
}

void print(const Found& found, const std::string& target, bool as_json) {
  if (!as_json) {
    std::cout << explain::tell(found, target);
    return;
  }
  json::array all(found.begin(), found.end());
  std::cout << json::serialize(json::object{{"decisions", std::move(all)}}) << "\n";
}

int unknown(const ExplainOptions& options, const std::vector<std::string>& known) {
  std::cerr << "scalehook: nothing is known of a workload \"" << options.target << "\"";
  if (known.empty()) {
    std::cerr << ", nor of any other: no alert has come to one yet\n";
  } else {
    std::cerr << "; known are\n" << explain::list(known);
  }
  return 1;
}

int ambiguous(const ExplainOptions& options, const std::vector<std::string>& meant) {
  std::cerr << "scalehook: \"" << options.target << "\" may mean any of\n"
            << explain::list(meant) << "say more of the name\n";
  return 1;
}

// Says so, and what was last.
int nothing_since(const Records& records, journal::Filter filter, alert::Time since) {
  filter.since.reset();
  filter.limit = 1;
  const auto last = records.find(filter);
  std::cout << "No alert came in, and nothing was decided, since " << explain::date_and_time(since)
            << (last.empty() ? ".\n" : ". The last before that:\n\n")
            << explain::tell(last, filter.target.value_or(""));
  return 0;
}

}  // namespace

int explain(const ExplainOptions& options) {
  const bool as_json = options.format == "json";
  const auto since = config::parse_since(options.since, now());
  if (!since) throw std::runtime_error("--since " + options.since + " " + since.error());
  using Opened = boost::system::result<Records, std::string>;
  const auto records = options.storage_path.empty() ? Opened{records_of_daemon(options.url)}
                                                    : records_in(options.storage_path);
  if (!records) throw std::runtime_error(records.error());

  journal::Filter filter{.target = {}, .since = *since, .limit = options.limit};
  std::string target;
  Found found;
  if (options.target.empty()) {
    found = records->find(filter);
  } else {
    const auto known = records->targets();
    const auto meant = explain::meant(known, options.target);
    if (meant.size() > 1) return ambiguous(options, meant);
    found = strayed(*records, options.target, filter);
    if (meant.empty() && found.empty()) return unknown(options, known);
    target = options.target;
    if (!meant.empty()) {
      target = filter.target.emplace(meant.front());
      found = merged(records->find(filter), std::move(found));
    }
  }
  const bool more = found.size() >= options.limit;
  if (found.size() > options.limit) found.resize(options.limit);
  if (found.empty() && !as_json) return nothing_since(*records, filter, *since);
  print(found, target, as_json);
  if (more && !as_json) {
    std::cout << "\nThese are the newest " << options.limit
              << " decisions; --limit shows more of them.\n";
  }
  return 0;
}

}  // namespace scalehook::app
