using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>What a client asked of a session, and may have.</summary>
/// <param name="Role"><c>write</c> or <c>read</c>: the most that he may.</param>
/// <param name="User">As his terms name him; null where nobody is asked who he is, or where a link brings him.</param>
/// <param name="Expires">When his link ends; null without one.</param>
internal sealed record SessionPlan(SessionRecord Record, string Role, string? User, DateTimeOffset? Expires)
{
    internal string Id => Record.Id.ToString();
}
