// The lanes of all targets that something is remembered of.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/dispatch/lane.hpp"
#include "core/dispatch/ledger.hpp"
#include "core/dispatch/objects.hpp"
#include "core/dispatch/world.hpp"
#include "core/journal/change.hpp"
#include "core/rules/target.hpp"

namespace scalehook::dispatch {

// All methods on the engine's thread. What a lane remembers is noted in the ledger by its target.
class Lanes {
 public:
  static constexpr const char* kind = "target";  // of the states

  // Both outlive it.
  Lanes(World& world, Ledger& ledger) : world_{world}, ledger_{ledger} {}

  Lane& of(const rules::Target& target);
  std::size_t size() const { return lanes_.size(); }
  // In the order of their targets. `with` may neither make a lane nor let one go.
  void each(const std::function<void(Lane&)>& with) const;

  // What is remembered of the lane may be about another object than that of the uid `before`.
  void note_object(const Lane& lane, const std::string& before) { objects_.note(lane, before); }
  // See Objects.
  const Lane* scaled_as(const Lane& lane, const std::string& uid) const {
    return objects_.scaled_as(lane, uid);
  }

  void remember(const Lane& lane);
  // A state that was noted before the last stop.
  void recover(const journal::State& state);

  // Takes up the rules as they are now: claims of those that are gone, or mean something else,
  // close.
  void reselect(Lane& lane);
  // Has those decide again that have work.
  void reconsider();
  // Lets contested targets go on: that of this text ("deployment shop/checkout"), or all if both
  // are empty.
  void resume(const std::string& target, const std::string& rule);
  // Lets the lane go soon if nothing is left to do or to remember by then.
  void drop_when_done(const rules::Target& target);
  void drop_all_done();

 private:
  std::shared_ptr<const scaling::Behavior> behavior_of(const std::string& rule) const;

  World& world_;
  Ledger& ledger_;
  std::map<rules::Target, std::shared_ptr<Lane>> lanes_;
  Objects objects_;
};

}  // namespace scalehook::dispatch
