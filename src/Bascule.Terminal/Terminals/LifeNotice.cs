namespace Bascule.Terminal;

/// <summary>A terminal will be ended soon.</summary>
/// <param name="Kind"><see cref="EndCause.Deadline"/>, <see cref="EndCause.Idle"/> or <see cref="EndCause.MaximumLife"/>.</param>
/// <param name="SecondsLeft">120 or 30.</param>
public readonly record struct LifeNotice(EndCause Kind, int SecondsLeft);
