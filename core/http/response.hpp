// Responses that the server itself gives, and a response's form on the wire.
#pragma once

#include <string>
#include <string_view>

#include "core/http/server.hpp"

namespace scalehook::http {

// {"error": "…"}, the body of every answer that is not a success. `error` is UTF-8.
Response error_response(unsigned status, std::string_view error);

// What a client sent, fit for a message: printable ASCII, the rest as %XX, cut where it is long.
std::string printable(std::string_view sent);

// 503 with Retry-After. Overload is never 429: Alertmanager retries 503 within seconds, but comes
// back after a 429 only at its next group interval.
Response overload_response(std::string_view error);

// What the head says beyond the response itself.
struct Framing {
  bool keep_alive = true;
  bool http_1_0 = false;
};

// Status line and header fields, with the empty line that ends them. Content-Length is that of the
// body, also where the body is left out (HEAD).
std::string response_head(const Response& response, Framing framing);

}  // namespace scalehook::http
