using Bascule.Model;

namespace Bascule.Backends;

/// <summary>A slot, or the ending that came instead: exactly one of the two is there.</summary>
/// <param name="Slot">The taken slot; the receiver gives it back.</param>
/// <param name="Ending">Why there is none: <see cref="EndReasons.NoUsableNode"/>, <see cref="EndReasons.QueueFull"/>, <see cref="EndReasons.QueueTimeout"/>
/// or <see cref="EndReasons.GatewayStopping"/>.</param>
/// <param name="Waited">Time in the queue; zero for an attempt that never stood in it.</param>
/// <param name="PositionAtStart">Place in the queue when the wait began, 1 being the head; 0 for an attempt that never stood in it.</param>
public readonly record struct SlotResult(Slot? Slot, Ending? Ending, TimeSpan Waited, int PositionAtStart);
