namespace Bascule.Hub;

/// <summary>The one encoder of each format.</summary>
public static class FrameEncoders
{
    private static readonly JsonEncoder Json = new(deflate: false);
    private static readonly JsonEncoder JsonDeflate = new(deflate: true);
    private static readonly RawEncoder Raw = new(deflate: false);
    private static readonly RawEncoder RawDeflate = new(deflate: true);
    private static readonly EventEncoder Sse = new();

    public static IFrameEncoder For(MessageFormat format) => format switch
    {
        MessageFormat.Json => Json,
        MessageFormat.JsonDeflate => JsonDeflate,
        MessageFormat.Raw => Raw,
        MessageFormat.RawDeflate => RawDeflate,
        MessageFormat.Sse => Sse,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Give one of the five formats."),
    };
}
