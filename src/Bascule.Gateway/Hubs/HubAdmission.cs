using System.Globalization;
using Bascule.Admission;
using Bascule.Hub;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What a client of the hub asked for in its URL, and may have.</summary>
/// <param name="Agreed">Subprotocol and extension for the 101.</param>
/// <param name="Order">All that whoever serves it must know; the head of the 101 is added when it is known.</param>
internal sealed record HubPlan(AgreedUpgrade Agreed, TakeOrder Order);

/// <summary>Reads <c>?topic=A&amp;topic=B&amp;cursor=…&amp;resume=…</c>, and holds it against the route and the token.</summary>
internal sealed class HubAdmission(HubSettings settings, ResumeTokens resumes)
{
    internal (HubPlan? Plan, Ending? Refusal) Plan(Passage passage, TopicDestination route)
    {
        if (passage.Terms is { } brought)
            return PlanBrought(passage, route, brought);
        var rights = HubRights.Of(route, passage.Identity);
        var agreed = HubAgreement.Of(passage.Offer!, settings.Deflate);
        var speaksBascule = agreed.Subprotocol is not null;
        var (topics, refusal) = Topics(passage.Head.Query, rights.Read, all: !speaksBascule);
        if (refusal is not null)
            return (null, refusal);

        var subject = passage.Identity?.Subject;
        var session = QueryText.Value(passage.Head.Query, "resume") is { } token && resumes.Check(token, subject) is { } known ? known : ResumeTokens.NewSession();
        var rules = passage.Rules.Settings;
        var limits = passage.Match.Route!.Settings;
        return (new HubPlan(agreed, new TakeOrder(
            passage.Attempt.Id.ToString(), session, speaksBascule, agreed.ReservedBits != 0, [.. topics.Select(t => new StartOrder(t.Name, t.From?.ToString()))], rights.Read, rights.Write, subject,
            passage.MessageLimits, rules.Heartbeat, new LifeSettings { Idle = limits.Idle ?? rules.Life.Idle, MaximumAge = limits.MaximumAge ?? rules.Life.MaximumAge },
            OpenConnection.ExpiryOf(passage.Identity, rules), rules.Deadlines.Close, settings.SubscriptionsPerConnection, settings.Advertise, [])
        {
            UserKey = passage.Identity is { } user ? LimitKeys.User(user) : null,
        }), null);
    }

    /// <summary>A gateway has asked all this already, and signed what came of it. The route here says what it offers, as for a token.</summary>
    private static (HubPlan? Plan, Ending? Refusal) PlanBrought(Passage passage, TopicDestination route, TakeOrder brought)
    {
        var rights = new HubRights(GrantRules.Narrow(route.Read, brought.Read), GrantRules.Narrow(route.Write, brought.Write));
        if (brought.Topics.FirstOrDefault(topic => !GrantRules.Allow(rights.Read, topic.Name)) is { } forbidden)
            return (null, new Ending(EndReasons.TopicForbidden, $"read {forbidden.Name}"));
        var order = brought with { Attempt = passage.Attempt.Id.ToString(), Read = rights.Read, Write = rights.Write };
        return (new HubPlan(HubAgreement.Of(brought.SpeaksBascule, brought.Deflate), order), null);
    }

    /// <summary>The topics of an event stream or a poll.</summary>
    internal static (IReadOnlyList<TopicStart> Topics, Ending? Refusal) TopicsOf(Passage passage, TopicDestination route) =>
        Topics(passage.Head.Query, HubRights.Of(route, passage.Identity).Read, all: true);

    /// <param name="all">Without a topic in the query, all that may be read: clients that can send no <c>subscribe</c>.</param>
    private static (IReadOnlyList<TopicStart> Topics, Ending? Refusal) Topics(string query, IReadOnlyList<string> read, bool all)
    {
        var named = QueryText.Values(query, "topic").SelectMany(value => value.Split(',')).Distinct(StringComparer.Ordinal).ToList();
        if (named.Count == 0)
            return (all ? [.. read.Select(name => new TopicStart(name))] : [], null);
        foreach (var name in named)
        {
            if (TopicText.PatternFault(name) is { } fault)
                return ([], new Ending(EndReasons.TopicMalformed, $"the name of a topic in the query {fault}"));
            if (!GrantRules.Allow(read, name))
                return ([], new Ending(EndReasons.TopicForbidden, $"read {name}"));
        }

        var cursors = QueryText.Values(query, "cursor").ToList();
        if (cursors.Count > 0 && cursors.Count != named.Count)
            return ([], new Ending(EndReasons.TopicMalformed, string.Create(CultureInfo.InvariantCulture, $"the query has {named.Count} topics and {cursors.Count} cursors: one for each, or none")));
        var starts = new List<TopicStart>(named.Count);
        for (var at = 0; at < named.Count; at++)
        {
            Cursor? cursor = null;
            if (cursors.Count > 0 && cursors[at].Length > 0 && !Cursor.TryParse(cursors[at], out cursor))
                return ([], new Ending(EndReasons.TopicMalformed, $"the cursor of {named[at]} is none that this hub has written"));
            starts.Add(new TopicStart(named[at], cursor));
        }

        return (starts, null);
    }
}
