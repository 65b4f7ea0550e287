// The subject line, from a template.
#pragma once

#include <scalehook/plugin.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/event.hpp"

namespace scalehook::email {

inline constexpr std::string_view kDefaultSubject = "[scalehook] ${headline}";

class Subject {
 public:
  // Text with placeholders, as in the rules' targets: "$$" is a dollar sign.
  //   ${headline}     what happened and why, as headline() has it
  //   ${count}        how many events
  //   ${target}, ${rule}, ${action}, ${kind}, ${reason}, ${from}, ${to}
  //                   the event's members; of several events each value once, between commas
  //   ${labels.NAME}  likewise, that label of the alerts behind the events
  // What is not there is empty. A failure is `invalid` and lists the placeholders that there are.
  static outcome<Subject> parse(std::string_view text);

  // One line of 200 bytes at most and the mark of a cut, whatever the events hold; the headline if
  // nothing else came of the template.
  std::string of(std::span<const Event> events) const;

 private:
  struct Piece {
    bool placeholder{};
    std::string text;  // the literal, or the placeholder's name
  };
  std::vector<Piece> pieces_;
};

}  // namespace scalehook::email
