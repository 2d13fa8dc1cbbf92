namespace Bascule.Relay;

/// <summary>What connections to a back end are kept under: those that take any certificate are never used for nodes that do not.</summary>
internal readonly record struct NodeAddress(Uri Node, bool InsecureTls)
{
    public override string ToString() => Node.GetLeftPart(UriPartial.Authority);
}
