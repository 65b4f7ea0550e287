#include "core/api/reply.hpp"

#include <boost/json.hpp>

namespace scalehook::api {

http::Response error(unsigned status, std::string_view message, std::string_view where) {
  boost::json::object body{{"status", "error"}, {"error", message}};
  if (!where.empty()) body["where"] = where;
  http::Response response;
  response.status = status;
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

http::Response text(unsigned status, std::string_view line) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::string{line} + "\n";
  return response;
}

}  // namespace scalehook::api
