#include "core/api/decisions.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <utility>

#include "core/alert/time.hpp"
#include "core/api/parameters.hpp"
#include "core/api/reading.hpp"
#include "core/api/reply.hpp"
#include "core/config/duration.hpp"

namespace scalehook::api {
namespace {

constexpr std::size_t most = 10'000;

boost::system::result<std::size_t, std::string> parse_limit(const Parameters& parameters) {
  std::size_t limit = 100;
  const auto text = value_of(parameters, "limit");
  if (text.empty()) return limit;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (fault == std::errc() && end == text.data() + text.size() && limit >= 1 && limit <= most) {
    return limit;
  }
  return "limit: \"" + text + "\" is no number from 1 to " + std::to_string(most);
}

using Parsed = boost::system::result<journal::Filter, std::string>;

Parsed wrong(std::string sentence) { return {boost::system::in_place_error, std::move(sentence)}; }

Parsed parse_filter(std::string_view query, alert::Time now) {
  const auto parameters = parse_query(query, {"target", "since", "limit"});
  if (!parameters) return wrong(parameters.error());
  journal::Filter filter;
  if (parameters->contains("target")) filter.target = value_of(*parameters, "target");
  if (const auto text = value_of(*parameters, "since"); !text.empty()) {
    const auto since = config::parse_since(text, now);
    if (!since) return wrong("since: \"" + text + "\" " + since.error());
    filter.since = *since;
  }
  const auto limit = parse_limit(*parameters);
  if (!limit) return wrong(limit.error());
  filter.limit = *limit;
  return filter;
}

http::Response found(std::string body) {
  http::Response response;
  response.body = std::move(body) + "\n";
  return response;
}

// What can only fail with the disk.
template <typename Read>
void answer(Reading& reading, const http::Reply& reply, Read read) {
  const bool accepted = reading.post([reply, read] {
    try {
      reply(read());
    } catch (const std::runtime_error& fault) {
      reply(error(500, fault.what()));
    }
  });
  if (accepted) return;
  auto refusal = error(503, "too many others read the history; try again later");
  refusal.headers.emplace_back("Retry-After", "1");
  reply(std::move(refusal));
}

}  // namespace

std::vector<http::Route> decisions(const journal::History& history,
                                   std::function<alert::Time()> now) {
  const auto reading = std::make_shared<Reading>();
  const auto list = [&history, reading, now = std::move(now)](const http::Request& request,
                                                              const http::Reply& reply) {
    const auto filter = parse_filter(request.query, now());
    if (!filter) return reply(error(400, filter.error()));
    answer(*reading, reply, [&history, filter = *filter] {
      // Tens of megabytes at most, so in one piece.
      std::string body = "{\"decisions\":[";
      const char* separator = "";
      for (const auto& record : history.records(filter)) {
        body.append(separator).append(record.json);
        separator = ",\n";
      }
      return found(std::move(body.append("]}")));
    });
  };
  const auto targets = [&history, reading](const http::Request& request, const http::Reply& reply) {
    const auto parameters = parse_query(request.query, {});
    if (!parameters) return reply(error(400, parameters.error()));
    answer(*reading, reply, [&history] {
      boost::json::array all;
      for (const auto& target : history.targets()) {
        all.push_back(boost::json::object{{"target", target}});
      }
      return found(boost::json::serialize(boost::json::object{{"targets", std::move(all)}}));
    });
  };
  const auto dead_letters = [&history, reading](const http::Request& request,
                                                const http::Reply& reply) {
    const auto parameters = parse_query(request.query, {"limit"});
    if (!parameters) return reply(error(400, parameters.error()));
    const auto limit = parse_limit(*parameters);
    if (!limit) return reply(error(400, limit.error()));
    answer(*reading, reply, [&history, limit = *limit] {
      boost::json::array all;
      for (const auto& letter : history.dead_letters(limit)) {
        all.push_back(boost::json::object{{"number", letter.number},
                                          {"time", alert::to_text(letter.time)},
                                          {"notifier", letter.notifier},
                                          {"explanation", letter.explanation},
                                          {"event", boost::json::parse(letter.json)}});
      }
      return found(boost::json::serialize(boost::json::object{{"dead_letters", std::move(all)}}));
    });
  };
  return {{"GET", "/api/v1/decisions", list},
          {"GET", "/api/v1/dead-letters", dead_letters},
          {"GET", "/api/v1/targets", targets}};
}

}  // namespace scalehook::api
