#include "core/api/parameters.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/url/parse_query.hpp>

#include "core/api/reply.hpp"
#include "core/http/response.hpp"

namespace scalehook::api {
namespace {

namespace json = boost::json;

bool is_json(std::string_view content_type) {
  const auto media = content_type.substr(0, content_type.find(';'));
  const auto end = media.find_last_not_of(" \t");
  constexpr std::string_view expected = "application/json";
  return end != std::string_view::npos && end + 1 == expected.size() &&
         std::equal(expected.begin(), expected.end(), media.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

// None, or the sentence that refuses the name.
std::optional<std::string> refuse(const std::string& name, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return std::nullopt;
  std::string all;
  for (const auto& one : known) all += (all.empty() ? "" : ", ") + one;
  return "there is no parameter \"" + http::printable(name) + "\"; known are: " + all;
}

}  // namespace

boost::system::result<Parameters, std::string> parse_query(std::string_view query,
                                                           const std::vector<std::string>& known) {
  Parameters parameters;
  if (query.empty()) return parameters;
  const auto parsed = boost::urls::parse_query({query.data(), query.size()});
  if (!parsed) return "the query \"" + http::printable(query) + "\" is not well encoded";
  // As forms and most clients write a space.
  boost::urls::encoding_opts options;
  options.space_as_plus = true;
  for (const auto& parameter : *parsed) {
    const std::string name = parameter.key.decode(options);
    if (auto refusal = refuse(name, known)) return *std::move(refusal);
    if (!parameters.emplace(name, parameter.value.decode(options)).second) {
      return "\"" + name + "\" is given twice";
    }
  }
  return parameters;
}

boost::system::result<Parameters, std::string> parse_object(std::string_view body,
                                                            const std::vector<std::string>& known) {
  boost::system::error_code fault;
  const auto parsed = json::parse({body.data(), body.size()}, fault);
  if (fault || !parsed.is_object()) {
    return std::string("the body must be a JSON object, as in {}") +
           (fault ? ": " + fault.message() : "");
  }
  Parameters parameters;
  for (const auto& [key, value] : parsed.get_object()) {
    const std::string name{key};
    if (auto refusal = refuse(name, known)) return *std::move(refusal);
    if (!value.is_string()) return "\"" + name + "\" must be a text";
    parameters[name] = std::string{value.get_string()};
  }
  return parameters;
}

std::string value_of(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string{} : found->second;
}

std::optional<http::Response> unless_json(const http::Request& request) {
  if (is_json(request.content_type)) return std::nullopt;
  return error(415,
               "the content type must be application/json, is \"" +
                   http::printable(request.content_type) + "\"",
               "Content-Type");
}

}  // namespace scalehook::api
