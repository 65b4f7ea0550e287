// A part of a mail while it is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scalehook::email {

// Lines of text, and how much they take on the way: as quoted-printable, which writes most scripts
// in three bytes for one. Whatever is added ends with "\n".
class Part {
 public:
  void add(std::string_view lines);
  // Adds them if the part is then no larger than `limit`; whether it did.
  bool add_within(std::size_t limit, std::string_view lines);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t size_ = 0;
};

}  // namespace scalehook::email
