// Who makes way when bodies that are still coming hold all the memory that there is for them.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <utility>

namespace scalehook::http {

// Bodies that hold more than an equal share, in the order in which they came to that: a good client
// sends on and is soon out of here, one that stalls comes to the front. All that hold no more than
// their share cannot hold all there is. The server's thread only.
class BodyQueue {
 public:
  using MakeWay = std::function<void()>;

  // `share`: how many bytes each may hold and never has to make way.
  explicit BodyQueue(std::size_t share) : share_(share) {}

  // A body's place, or none; given up at the end of its life.
  class Place {
   public:
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { leave(); }

    // To be called whenever it has come to hold so much. `make_way` gives back all that it holds,
    // and may leave.
    void holds(BodyQueue& queue, std::size_t bytes, const MakeWay& make_way) {
      if (queue_ != nullptr || bytes <= queue.share_) return;
      at_ = queue.places_.insert(queue.places_.end(), make_way);
      queue_ = &queue;
    }
    void leave() {
      if (queue_ != nullptr) std::exchange(queue_, nullptr)->places_.erase(at_);
    }

   private:
    friend class BodyQueue;
    BodyQueue* queue_ = nullptr;
    std::list<MakeWay>::iterator at_;
  };

  // Has the first make way. False if there is none, or if it is the asker itself.
  bool make_room(const Place& asker) {
    if (places_.empty()) return false;
    if (asker.queue_ == this && asker.at_ == places_.begin()) return false;
    const MakeWay first = places_.front();  // it leaves
    first();
    return true;
  }

 private:
  const std::size_t share_;
  std::list<MakeWay> places_;
};

}  // namespace scalehook::http
