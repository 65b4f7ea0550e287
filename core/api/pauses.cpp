#include "core/api/pauses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "core/alert/time.hpp"
#include "core/api/parameters.hpp"
#include "core/api/reply.hpp"
#include "core/config/duration.hpp"
#include "core/config/nearest.hpp"

namespace scalehook::api {
namespace {

namespace json = boost::json;

// None while it has no end.
boost::system::result<std::optional<alert::Time>, std::string> parse_end(const Parameters& given,
                                                                         alert::Time now) {
  const auto until = value_of(given, "until");
  const auto length = value_of(given, "for");
  if (!until.empty() && !length.empty()) return std::string("give either \"until\" or \"for\"");
  if (!until.empty()) {
    const auto time = alert::parse_time(until);
    if (!time) return "until: \"" + until + "\" is no time; write it like 2026-11-23T16:00:00Z";
    if (*time <= now) return "until: " + until + " is over";
    return time;
  }
  if (!length.empty()) {
    const auto duration = config::parse_duration(length);
    if (!duration) return "for: \"" + length + "\" " + duration.error();
    if (duration->count() == 0) return std::string("for: must be longer than 0");
    return std::optional{now + *duration};
  }
  return std::optional<alert::Time>{};
}

using Parsed = boost::system::result<scaling::Pause, std::string>;

Parsed wrong(std::string sentence) { return {boost::system::in_place_error, std::move(sentence)}; }

Parsed parse_pause(const std::string& body, alert::Time now) {
  const auto given = parse_object(body, {"target", "rule", "direction", "until", "for", "comment"});
  if (!given) return wrong(given.error());
  const auto end = parse_end(*given, now);
  if (!end) return wrong(end.error());
  scaling::Pause pause{.target = value_of(*given, "target"),
                       .rule = value_of(*given, "rule"),
                       .direction = value_of(*given, "direction"),
                       .until = *end,
                       .comment = value_of(*given, "comment"),
                       .since = now};
  if (!pause.direction.empty() && pause.direction != "in" && pause.direction != "out") {
    return wrong(R"(direction: must be "in" or "out", or be left out for both)");
  }
  return pause;
}

// Why there is no such rule; none if there is.
std::optional<std::string> unknown_rule(const std::string& name,
                                        const std::vector<std::string>& known) {
  if (std::ranges::find(known, name) != known.end()) return std::nullopt;
  const auto near = config::nearest(name, known);
  const auto hint = near.empty() ? fmt::format("known are: {}", fmt::join(known, ", "))
                                 : fmt::format("did you mean \"{}\"?", near);
  return fmt::format("rule: there is no rule \"{}\"; {}", name, hint);
}

json::object to_json(const scaling::Pause& pause) {
  json::object object{{"target", pause.target},
                      {"rule", pause.rule},
                      {"direction", pause.direction},
                      {"comment", pause.comment},
                      {"since", alert::to_text(pause.since)}};
  if (pause.until) object["until"] = alert::to_text(*pause.until);
  return object;
}

http::Response done(const json::object& body) {
  http::Response response;
  response.body = json::serialize(body) + "\n";
  return response;
}

std::string named(const std::string& target, const std::string& rule) {
  std::string text = target.empty() ? "" : "target \"" + target + "\"";
  if (!rule.empty()) text += (text.empty() ? "" : " and ") + ("rule \"" + rule + "\"");
  return text;
}

}  // namespace

std::vector<http::Route> pauses(const Pausing& pausing) {
  const auto pause = [pausing](const http::Request& request, const http::Reply& reply) {
    if (auto refusal = unless_json(request)) return reply(*std::move(refusal));
    auto parsed = parse_pause(request.body, pausing.now());
    if (!parsed) return reply(error(400, parsed.error()));
    if (!parsed->rule.empty()) {
      if (auto fault = unknown_rule(parsed->rule, pausing.rules())) {
        return reply(error(400, *std::move(fault)));
      }
    }
    const auto body = json::object{{"status", "success"}, {"pause", to_json(*parsed)}};
    pausing.pause(*std::move(parsed));
    reply(done(body));
  };
  const auto resume = [pausing](const http::Request& request, const http::Reply& reply) {
    if (auto refusal = unless_json(request)) return reply(*std::move(refusal));
    const auto given = parse_object(request.body, {"target", "rule"});
    if (!given) return reply(error(400, given.error()));
    const auto target = value_of(*given, "target");
    const auto rule = value_of(*given, "rule");
    const auto count = pausing.resume(target, rule);
    if (count == 0 && !(target.empty() && rule.empty())) {
      return reply(error(404, "there is no pause of " + named(target, rule) +
                                  "; GET /api/v1/pauses lists those there are"));
    }
    reply(done({{"status", "success"}, {"resumed", count}}));
  };
  const auto list = [pausing](const http::Request&, const http::Reply& reply) {
    json::array all;
    for (const auto& each : pausing.pauses()) all.push_back(to_json(each));
    reply(done({{"pauses", std::move(all)}}));
  };
  return {{"POST", "/api/v1/pause", pause},
          {"POST", "/api/v1/resume", resume},
          {"GET", "/api/v1/pauses", list}};
}

}  // namespace scalehook::api
