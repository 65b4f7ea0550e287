#include "core/app/records.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <boost/url/params_ref.hpp>
#include <boost/url/url.hpp>
#include <memory>
#include <stdexcept>

#include "core/alert/time.hpp"
#include "core/app/remote.hpp"
#include "core/journal/history.hpp"

namespace scalehook::app {
namespace {

namespace json = boost::json;

std::string query_of(const journal::Filter& filter) {
  boost::urls::url query;
  auto parameters = query.params();
  if (filter.target) parameters.append({"target", *filter.target});
  if (filter.since) parameters.append({"since", alert::to_text(*filter.since)});
  parameters.append({"limit", std::to_string(filter.limit)});
  return query.buffer();
}

// The daemon's answer, or the sentence why there is none.
json::value asked(const std::string& url, const std::string& path) {
  const auto answer = get(url, path);
  if (!answer) throw std::runtime_error(answer.error());
  return *answer;
}

}  // namespace

Records records_of_daemon(const std::string& url) {
  Records records;
  records.targets = [url] {
    std::vector<std::string> targets;
    const auto answer = asked(url, "/api/v1/targets");
    for (const auto& target : answer.at("targets").as_array()) {
      targets.emplace_back(target.at("target").as_string());
    }
    return targets;
  };
  records.find = [url](const journal::Filter& filter) {
    return json::value_to<std::vector<json::object>>(
        asked(url, "/api/v1/decisions" + query_of(filter)).at("decisions"));
  };
  return records;
}

boost::system::result<Records, std::string> records_in(const std::string& storage_path) {
  auto opened = journal::History::open(storage_path);
  if (!opened) return opened.error();
  const std::shared_ptr<journal::History> history = *std::move(opened);
  Records records;
  records.targets = [history] { return history->targets(); };
  records.find = [history](const journal::Filter& filter) {
    std::vector<json::object> found;
    for (const auto& record : history->records(filter)) {
      found.push_back(json::parse(record.json).as_object());
    }
    return found;
  };
  return records;
}

}  // namespace scalehook::app
