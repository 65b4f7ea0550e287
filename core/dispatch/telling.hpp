// What is recorded of decisions, and told to notifiers.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dispatch/intake.hpp"
#include "core/dispatch/ledger.hpp"
#include "core/dispatch/outbox.hpp"
#include "core/dispatch/world.hpp"

namespace scalehook::dispatch {

// Every alert ends in a record, and every record has a reason. All methods on the engine's thread;
// world and ledger outlive it.
class Telling {
 public:
  Telling(World& world, Ledger& ledger);

  // Of the arrivals the last has the decision, and those before it are part of it: each in a record
  // of its own, and those that said nothing new in one. None: nobody asked, but the outcome is new.
  void decided(const rules::Target& target, const Arrivals& arrivals,
               const scaling::Decision& decision);
  void expired(const rules::Target& target, const scaling::Key& claim,
               std::optional<scaling::Moment> run);
  // The last steps that the decision's rule was granted have not helped.
  void without_effect(const rules::Target& target, const scaling::Decision& decision);
  // It goes on: what becomes of it has a record of its own.
  void troubled(const rules::Target& target, const Arrival& arrival,
                const scaling::Decision& decision);
  void turned(const Arrival& arrival, const Turned& turned);
  void unread(const Arrival& arrival, const alert::BadAlert& bad);

  // Events that were told before the last stop and not delivered, in their order.
  void recall(std::vector<journal::Event> events);
  void recall_group(const journal::State& group) { outbox_of(group.name).recall_group(group); }
  // Delivers those. And after a change of the setup: how long they wait for others may be another.
  void start();
  // Waits for no delay any more.
  void hurry();

 private:
  Arrival of_nobody();
  // The rule whose notifiers are told.
  std::string rule_of(const scaling::Decision& decision, const Arrival& arrival);
  // `count`: how many decisions it stands for.
  journal::Record record(std::int64_t notification, const std::string& target,
                         const boost::json::object& told, std::size_t count = 1);
  void keep(const Arrival& arrival, const boost::json::object& told);
  void tell(const std::string& rule, const boost::json::object& told);
  Outbox& outbox_of(const std::string& notifier);

  World& world_;
  Ledger& ledger_;
  std::map<std::string, std::shared_ptr<Outbox>> outboxes_;
};

}  // namespace scalehook::dispatch
