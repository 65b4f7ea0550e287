// What a request says beside its path: the query string, or a JSON object as its body.
#pragma once

#include <boost/system/result.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/server.hpp"

namespace scalehook::api {

using Parameters = std::map<std::string, std::string, std::less<>>;

// The parameters of a query string, decoded. Fails with one sentence: not decodable, a name that is
// not among `known`, one given twice.
boost::system::result<Parameters, std::string> parse_query(std::string_view query,
                                                           const std::vector<std::string>& known);

// The members of a JSON object of texts, as bodies are. Fails with one sentence: no such object, a
// name that is not among `known`, a value that is no text.
boost::system::result<Parameters, std::string> parse_object(std::string_view body,
                                                            const std::vector<std::string>& known);

// Of a parameter that was not given: empty.
std::string value_of(const Parameters& parameters, std::string_view name);

// 415 unless the content type is application/json, with or without parameters such as a charset.
std::optional<http::Response> unless_json(const http::Request& request);

}  // namespace scalehook::api
