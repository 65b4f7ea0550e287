// Which lanes are about one object. Two targets may write it in two ways (a namespace given in one
// and left to its default in the other), or two scalers may reach it; each would take the other's
// changes for somebody else's, and the replicas would be counted twice.
#pragma once

#include <map>
#include <string>

#include "core/dispatch/lane.hpp"

namespace scalehook::dispatch {

// Objects are told apart by the uid that their scaler reads. One that is a UUID (RFC 9562) is the
// same object whichever scaler says it; any other is its scaler's own. All methods on the engine's
// thread; the lanes outlive their being noted.
class Objects {
 public:
  // What the lane remembers is about the object of its memory's uid, and no more about `before`.
  void note(const Lane& lane, const std::string& before = {});
  void forget(const Lane& lane) { forget(lane, lane.memory().uid); }

  // The lane of another target that scales the object now, in whose run this one has no say; null
  // if there is none. It is the one that began first, and a dry run is none.
  const Lane* scaled_as(const Lane& lane, const std::string& uid) const;

 private:
  void forget(const Lane& lane, const std::string& uid);

  std::multimap<std::string, const Lane*> lanes_;
};

}  // namespace scalehook::dispatch
