#include "core/upstream/generator_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace scalehook::upstream {

std::optional<std::string> from_generator_url(std::string_view url) {
  const auto parsed = boost::urls::parse_uri_reference(url);
  if (!parsed) return std::nullopt;
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto& param : parsed->params(form)) {
    if (param.key == "g0.expr" && !param.value.empty()) return std::string{param.value};
  }
  return std::nullopt;
}

}  // namespace scalehook::upstream
