// A JSON value as a plugin asks for it: by pointer, in texts that it borrows.
#pragma once

#include <scalehook/plugin.h>

#include <boost/json/value.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace scalehook::plugin {

// What it hands out lives as long as this object. Any thread.
class Borrowed {
 public:
  // Null is a value without anything in it.
  explicit Borrowed(std::shared_ptr<const boost::json::value> value) : value_(std::move(value)) {}

  // What is at the RFC 6901 pointer; false, and *out untouched, if there is nothing.
  bool get(scalehook_text pointer, scalehook_value* out) const;
  // The key of the index-th member of the object there; false if there is none.
  bool key(scalehook_text pointer, std::size_t index, scalehook_text* out) const;

 private:
  const boost::json::value* find(scalehook_text pointer) const;

  const std::shared_ptr<const boost::json::value> value_;
  // The JSON of what was asked for and is no string, by its place in value_.
  mutable std::mutex mutex_;  // guards texts_
  mutable std::map<const boost::json::value*, const std::string> texts_;
};

}  // namespace scalehook::plugin
