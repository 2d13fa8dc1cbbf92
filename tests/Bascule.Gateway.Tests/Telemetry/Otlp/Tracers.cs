namespace Bascule.Gateway.Tests;

/// <summary>Tests that trace run one after the other: .NET asks every sampler in the process about a span, so one gateway's ratio would decide for another's.</summary>
[CollectionDefinition(nameof(Tracers))]
public sealed class Tracers;
