using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>The native library that speaks Kafka. It is the system's, not ours: without it the gateway runs, and Kafka is off.</summary>
public static class KafkaLibrary
{
    /// <summary>The name that every Linux distribution installs it under.</summary>
    internal const string FileName = "librdkafka.so.1";

    private const string LibraryOfLoader = "libdl.so.2";
    private static readonly Lazy<string?> Loading = new(() => Load(FileName));

    /// <summary>Why Kafka is off and what to install; null when the library is loaded. The first call loads it.</summary>
    public static string? Fault => Loading.Value;

    /// <summary>For example 2.0.2; null without the library.</summary>
    public static string? Version => Fault is null ? Library.VersionString : null;

    /// <summary>What <see cref="Fault"/> would say if the library had this name.</summary>
    public static string? FaultOf(string fileName) =>
        NativeLibrary.TryLoad(fileName, typeof(KafkaLibrary).Assembly, searchPath: null, out _)
            ? null
            : $"Kafka is off: {fileName} is not on this machine. Install librdkafka 1.9 or newer (Debian and Ubuntu: apt-get install librdkafka1; "
                + "Fedora and Alpine: package librdkafka), then restart.";

    private static string? Load(string fileName)
    {
        if (FaultOf(fileName) is { } missing)
            return missing;
        // The package looks for its own file beside the program; it gets the system's.
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, assembly, path) => name switch
        {
            "librdkafka" => NativeLibrary.Load(fileName, typeof(KafkaLibrary).Assembly, searchPath: null),
            "libdl" => NativeLibrary.Load(LibraryOfLoader, assembly, path),
            _ => IntPtr.Zero,
        });
        try
        {
            return Library.IsLoaded || Library.Load() ? null : $"Kafka is off: {fileName} could not be loaded.";
        }
        catch (Exception e) when (e is InvalidOperationException or DllNotFoundException or FileLoadException or EntryPointNotFoundException)
        {
            return $"Kafka is off: {fileName} is there but cannot be used ({e.Message}). Install librdkafka 1.9 or newer, then restart.";
        }
    }
}
