#include "core/plugin/borrowed.hpp"

#include <boost/json/serialize.hpp>
#include <limits>

#include "core/plugin/text.hpp"

namespace scalehook::plugin {
namespace {

namespace json = boost::json;

// Type and numbers; the text is the caller's.
scalehook_value shape(const json::value& value) {
  scalehook_value shape{};
  switch (value.kind()) {
    case json::kind::null:
      shape.type = SCALEHOOK_NULL;
      break;
    case json::kind::bool_:
      shape.type = SCALEHOOK_BOOLEAN;
      shape.boolean = value.get_bool() ? 1 : 0;
      break;
    case json::kind::int64:
      shape.type = SCALEHOOK_INTEGER;
      shape.integer = value.get_int64();
      shape.number = static_cast<double>(shape.integer);
      break;
    case json::kind::uint64: {
      const std::uint64_t number = value.get_uint64();
      const bool fits = number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
      shape.type = fits ? SCALEHOOK_INTEGER : SCALEHOOK_NUMBER;
      shape.integer = fits ? static_cast<std::int64_t>(number) : 0;
      shape.number = static_cast<double>(number);
      break;
    }
    case json::kind::double_:
      shape.type = SCALEHOOK_NUMBER;
      shape.number = value.get_double();
      break;
    case json::kind::string:
      shape.type = SCALEHOOK_STRING;
      break;
    case json::kind::array:
      shape.type = SCALEHOOK_ARRAY;
      break;
    case json::kind::object:
      shape.type = SCALEHOOK_OBJECT;
      break;
  }
  return shape;
}

}  // namespace

const json::value* Borrowed::find(scalehook_text pointer) const {
  if (value_ == nullptr) return nullptr;
  const std::string_view path = view(pointer);
  boost::system::error_code error;
  return value_->find_pointer(json::string_view(path.data(), path.size()), error);
}

bool Borrowed::get(scalehook_text pointer, scalehook_value* out) const {
  const json::value* const found = find(pointer);
  if (found == nullptr) return false;
  *out = shape(*found);
  if (const json::string* const text = found->if_string()) {
    out->text = {text->data(), text->size()};
    return true;
  }
  const std::lock_guard lock(mutex_);
  auto known = texts_.find(found);
  if (known == texts_.end()) known = texts_.emplace(found, json::serialize(*found)).first;
  out->text = {known->second.data(), known->second.size()};
  return true;
}

bool Borrowed::key(scalehook_text pointer, std::size_t index, scalehook_text* out) const {
  const json::value* const found = find(pointer);
  const json::object* const object = found == nullptr ? nullptr : found->if_object();
  if (object == nullptr || index >= object->size()) return false;
  const std::string_view key = (object->begin() + static_cast<std::ptrdiff_t>(index))->key();
  *out = {key.data(), key.size()};
  return true;
}

}  // namespace scalehook::plugin
