namespace Bascule.Diagnostics;

/// <summary>A file cannot be read as what it is. Caught once, where files are loaded, and told as the finding UNREADABLE.</summary>
public sealed class ConfigFaultException(Place place, string detail) : Exception($"{place}: {detail}")
{
    public Place Place { get; } = place;

    public string Detail { get; } = detail;
}

/// <summary>How much of a file is read: what is beyond belongs to no configuration that a person wrote.</summary>
public static class ConfigLimits
{
    /// <summary>Nesting. Kubernetes and Envoy stay below 30.</summary>
    public const int Depth = 64;

    /// <summary>Nodes of one file, with everything that YAML aliases repeat.</summary>
    public const int Nodes = 200_000;

    /// <exception cref="ConfigFaultException">The file is deeper than <see cref="Depth"/>.</exception>
    internal static void CheckDepth(int depth, Place place)
    {
        if (depth > Depth)
            throw new ConfigFaultException(place, $"nested deeper than {Depth} levels");
    }
}
