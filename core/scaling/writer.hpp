// Telling our own changes of a target from those of others: people, GitOps, other autoscalers.
#pragma once

#include "core/scaling/memory.hpp"
#include "core/scaling/reading.hpp"

namespace scalehook::scaling {

// Holds a reading against what was last known in this run. A count that another has set becomes the
// baseline: it is not ours to undo. True if there was such a change. The third time within ten
// minutes that others take back what we had written, the target is contested until the run is over.
bool notice_others(Memory& memory, const Reading& reading, Moment now);

// An object deleted and made anew is another target: what was remembered of the old one is void,
// and its claims want anew.
void forget_if_replaced(Memory& memory, const Reading& reading);

}  // namespace scalehook::scaling
