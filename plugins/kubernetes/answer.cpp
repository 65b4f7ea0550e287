#include "plugins/kubernetes/answer.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {
namespace {

namespace json = boost::json;

// metav1.Status, as far as it is of use.
struct Status {
  bool genuine = false;  // else `message` is whatever the body holds
  std::string message;   // whole
  std::optional<std::chrono::milliseconds> retry_after;
};

Status parse_status(const std::string& body) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* kind = object ? object->if_contains("kind") : nullptr;
  if (!kind || *kind != "Status") return {false, body, {}};

  Status status{true, {}, {}};
  if (const auto* message = object->if_contains("message"); message && message->is_string()) {
    status.message = message->get_string();
  }
  const auto seconds = value.find_pointer("/details/retryAfterSeconds", error);
  if (seconds && seconds->is_int64() && seconds->get_int64() > 0 &&
      seconds->get_int64() <= 86'400) {
    status.retry_after = std::chrono::seconds{seconds->get_int64()};
  }
  return status;
}

scalehook::status meaning(int code) {
  switch (code) {
    case 401:
    case 403:
      return status::denied;
    case 404:
      return status::not_found;
    case 409:
      return status::conflict;
    case 422:
      return status::invalid;
    case 408:
    case 429:
      return status::retry;
    default:
      return code >= 500 && code != 501 ? status::retry : status::failed;
  }
}

// Whether an admission plugin or webhook refused it: whoever is asked again will say the same. Of a
// webhook the code is what that likes to say, by default 400. A missing right is told in words that
// are the same in all API servers.
bool is_not_admitted(int code, const std::string& method, const Status& status) {
  const auto says = [&](const char* text) {
    return status.message.find(text) != std::string::npos;
  };
  if (method == "GET" || !status.genuine || status.message.empty()) return false;
  if (code == 403) return !(says("User \"") && says("\" cannot "));
  return code == 400 && says("admission webhook \"") && says("denied the request");
}

std::string remedy(const Answer& answer, bool genuine, const Access& access) {
  switch (answer.status) {
    case 401:
      return fmt::format("; check the token, password or client certificate of {}", access.origin);
    case 403:
      return fmt::format("; grant the right to the user of {}, as rbac.yml does", access.origin);
    case 404:
      return genuine ? "" : fmt::format("; is {} the address of an API server?", access.server);
    default:
      if (answer.status >= 300 && answer.status < 400) {
        return fmt::format("; {} redirects: set `server` to the API server itself", access.server);
      }
      return "";
  }
}

// What `succeed` makes of it.
failure refusal(const Answer& answer, const Request& request, const Access& access) {
  failure fault = to_failure(answer, request, access);
  if (answer.status == 404 && !is_about_object(answer)) {
    fault.status = status::retry;
    fault.code = no_resource;
  }
  return fault;
}

}  // namespace

failure to_failure(const Answer& answer, const Request& request, const Access& access) {
  const Status status = parse_status(answer.body);
  const std::string message = one_line(status.message, 300);
  const std::string said = fmt::format(
      "the API server answered {} to {} {}{}{}", answer.status, request.method,
      request.path.substr(0, request.path.find('?')), message.empty() ? "" : ": ", message);
  if (is_not_admitted(answer.status, request.method, status)) {
    return refused("not-admitted",
                   fmt::format("{}; this names no missing right but a policy of the cluster (an "
                               "admission webhook, a quota): change what the rule asks for, or the "
                               "policy",
                               said));
  }
  failure result{meaning(answer.status), fmt::format("http-{}", answer.status),
                 said + remedy(answer, status.genuine, access), std::nullopt};
  if (result.status == status::retry) {
    result.retry_after = answer.retry_after ? answer.retry_after : status.retry_after;
  }
  return result;
}

bool is_about_object(const Answer& answer) {
  boost::system::error_code error;
  const json::value value = json::parse(answer.body, error);
  if (error) return false;
  const json::value* const name = value.find_pointer("/details/name", error);
  return name && name->is_string();
}

outcome<Answer> succeed(Client& client, const Request& request, const Patience& patience) {
  auto answer = client.send(request, patience);
  if (!answer || is_success(*answer)) return answer;
  return refusal(*answer, request, client.access());
}

outcome<std::optional<Answer>> succeed_if_served(Client& client, const Request& request,
                                                 const Patience& patience) {
  auto answer = client.send(request, patience);
  if (!answer) return answer.error();
  if (is_success(*answer)) return std::optional{*std::move(answer)};
  // So it answers itself where it has no API.
  const bool is_its_own =
      answer->body == "404 page not found\n" || parse_status(answer->body).genuine;
  if (answer->status == 404 && is_its_own) return std::optional<Answer>{};
  return refusal(*answer, request, client.access());
}

}  // namespace scalehook::kubernetes
