#include "core/app/pause.hpp"

#include <boost/json.hpp>
#include <iostream>
#include <stdexcept>

#include "core/alert/time.hpp"
#include "core/app/records.hpp"
#include "core/app/remote.hpp"
#include "core/explain/moment.hpp"
#include "core/explain/name.hpp"

namespace scalehook::app {
namespace {

namespace json = boost::json;

// The target as scalehook writes it. One that no alert has come to yet must be written in full,
// lest a slip of the pen pause nothing.
std::string in_full(const PauseOptions& options) {
  if (options.target.empty()) return "";
  const auto known = records_of_daemon(options.url).targets();
  const auto meant = explain::meant(known, options.target);
  if (meant.size() == 1) return meant.front();
  if (meant.size() > 1) {
    throw std::runtime_error("\"" + options.target + "\" may mean any of\n" + explain::list(meant) +
                             "say more of the name");
  }
  if (options.target.find(' ') != std::string::npos) return options.target;
  throw std::runtime_error("nothing is known of a workload \"" + options.target +
                           "\"; one that no alert has come to yet is written in full, as in "
                           "\"deployment shop/checkout\"" +
                           (known.empty() ? "" : "; known are\n" + explain::list(known)));
}

json::value asked(const std::string& url, const std::string& path, const json::object& body) {
  const auto answer = post(url, path, body);
  if (!answer) throw std::runtime_error(answer.error());
  return *answer;
}

std::string named(const std::string& target, const std::string& rule) {
  if (target.empty() && rule.empty()) return "everything";
  if (rule.empty()) return target;
  return (target.empty() ? "every target" : target) + " under rule \"" + rule + "\"";
}

}  // namespace

int pause(const PauseOptions& options) {
  json::object body;
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) body[key] = value;
  };
  const auto target = in_full(options);
  put("target", target);
  put("rule", options.rule);
  put("direction", options.direction);
  put("for", options.length);
  put("until", options.until);
  put("comment", options.comment);
  const auto answer = asked(options.url, "/api/v1/pause", body);

  std::cout << "Paused " << named(target, options.rule);
  if (!options.direction.empty()) std::cout << " (scaling " << options.direction << ")";
  const auto* until = answer.at("pause").as_object().if_contains("until");
  const auto end = until == nullptr ? std::nullopt : alert::parse_time(until->as_string());
  std::cout << (end ? " until " + explain::date_and_time(*end) : " until it is resumed") << ".\n";
  return 0;
}

int resume(const PauseOptions& options) {
  const auto target = in_full(options);
  json::object body;
  if (!target.empty()) body["target"] = target;
  if (!options.rule.empty()) body["rule"] = options.rule;
  asked(options.url, "/api/v1/resume", body);
  std::cout << "Resumed " << named(target, options.rule) << ".\n";
  return 0;
}

}  // namespace scalehook::app
