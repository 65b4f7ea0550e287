// What an API server's answer means for a scaler.
#pragma once

#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

#include "plugins/kubernetes/transport/client.hpp"

namespace scalehook::kubernetes {

inline bool is_success(const Answer& answer) { return answer.status >= 200 && answer.status < 300; }

// An answer that is no success: 404 is not_found, 409 conflict, 401 and 403 denied, 422 invalid,
// 408, 429 and 5xx retry (after the time the header or the body's Status asks for), all else
// failed. The code is "http-404" and so on. A change's 403 that is about no right, and a
// webhook's 400, is refused, with the code "not-admitted". The explanation quotes the message of
// the server's Status, or the beginning of whatever came instead, at most 300 bytes.
failure to_failure(const Answer& answer, const Request& request, const Access& access);

// Whether a 404 is about the object that was asked for. Else the API server has no such resource:
// it says so with a Status that names none, or with a line of text.
bool is_about_object(const Answer& answer);

// The code of a 404 that is not. Its status is retry: it may come from a proxy in between, and what
// is not found for good is forgotten, with the count that it is to get back.
inline constexpr const char* no_resource = "no-resource";

// Whether what was asked for is not there, whichever 404 says so.
inline bool is_absent(const failure& fault) {
  return fault.status == status::not_found || fault.code == no_resource;
}

// Sends the request; the answer if it is a success. Else what to_failure makes of it, but for
// no_resource; or why there is no answer.
outcome<Answer> succeed(Client& client, const Request& request, const Patience& patience);
// The same, but nothing if the API server says that it serves nothing there. Of a 404 in other
// words than its own, which somebody in between may have said, it cannot be told.
outcome<std::optional<Answer>> succeed_if_served(Client& client, const Request& request,
                                                 const Patience& patience);

}  // namespace scalehook::kubernetes
