#include "core/app/remote.hpp"

#include <boost/json.hpp>
#include <utility>

#include "core/upstream/request.hpp"

namespace scalehook::app {
namespace {

namespace json = boost::json;

RemoteAnswer failed(std::string sentence) {
  return {boost::system::in_place_error, std::move(sentence)};
}

RemoteAnswer answer_of(const std::string& url, upstream::Request request, const std::string& path) {
  request.url = url.substr(0, url.find_last_not_of('/') + 1) + path;
  const auto response = upstream::send(request);
  if (!response) {
    return failed(response.error() +
                  "; is scalehook running there? --url says where else it may be");
  }
  boost::system::error_code fault;
  auto body = json::parse(response->body, fault);
  if (response->status == 200 && !fault) return body;
  const auto* said = !fault && body.is_object() ? body.get_object().if_contains("error") : nullptr;
  if (said != nullptr && said->is_string()) return failed(std::string{said->get_string()});
  return failed(upstream::shown(request.url) + " answers with status " +
                std::to_string(response->status) + ", not as a scalehook of this version does");
}

}  // namespace

RemoteAnswer get(const std::string& url, const std::string& path) {
  return answer_of(url, {}, path);
}

RemoteAnswer post(const std::string& url, const std::string& path, const json::value& body) {
  upstream::Request request;
  request.method = "POST";
  request.body = json::serialize(body);
  request.content_type = "application/json";
  return answer_of(url, std::move(request), path);
}

}  // namespace scalehook::app
