using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The audit log as files of JSON lines: <c>audit.ndjson</c>, and older ones as <c>audit.ndjson.1</c> and so on.</summary>
/// <remarks>Only this process writes them; a tool that rotates logs may move, delete or cut them at any time. What was appended is with the
/// kernel, so that the end of the process loses none of it; it is forced to the disk at rotation and at the stop.</remarks>
internal sealed class AuditFile(string path, long maxBytes, int oldFiles, ILogger log) : IAuditSink, IDisposable
{
    /// <summary>One question reads back so far, about 50,000 entries: it takes a moment, not the machine.</summary>
    private const long MaxBytesRead = 16 * 1024 * 1024;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ArrayBufferWriter<byte> _lines = new();
    private FileStream? _file;
    private bool _rotationFailed;

    public async Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _lines.ResetWrittenCount();
            foreach (var entry in entries)
                AuditJson.Write(_lines, entry);
            Append(_lines.WrittenSpan);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<AuditPage> ReadAsync(AuditFilter filter, int max, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var (parts, whole) = await OpenForReadingAsync(cancellationToken);
        try
        {
            foreach (var line in parts.SelectMany(p => AuditTail.Lines(p.File.SafeFileHandle, p.Start, p.End)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (found.Count == max)
                    return new AuditPage(found, Whole: true);
                if (AuditJson.TryRead(line, out var entry) && filter.Fits(entry))
                    found.Add(line);
            }
        }
        finally
        {
            foreach (var part in parts)
                await part.File.DisposeAsync();
        }

        return new AuditPage(found, whole);
    }

    public void Dispose()
    {
        try
        {
            Close();
        }
        catch (IOException e)
        {
            log.AuditFailing(path, e.Message);
        }

        _turn.Dispose();
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        if (_file is not null && WasMoved(_file))
            Close();
        _file ??= Open();
        if (RandomAccess.GetLength(_file.SafeFileHandle) is > 0 and var size && size + lines.Length > maxBytes)
            Rotate();
        _file ??= Open();
        var end = RandomAccess.GetLength(_file.SafeFileHandle);
        try
        {
            // At the end that the file has now, not where we stopped: a tool may have cut it in place.
            RandomAccess.Write(_file.SafeFileHandle, lines, end);
        }
        catch (IOException)
        {
            // The disk is full in the middle of a line, perhaps: all of it comes again, so none of it may stay.
            using var failed = _file;
            _file = null;
            RandomAccess.SetLength(failed.SafeFileHandle, end);
            throw;
        }
    }

    /// <summary>Another file has the name now, or none: we are the only writer, so the one with our name has our length.</summary>
    private bool WasMoved(FileStream file)
    {
        var link = new FileInfo(path);
        if (!link.Exists)
            return true;
        var named = (FileInfo?)link.ResolveLinkTarget(returnFinalTarget: true) ?? link;
        return !named.Exists || named.Length != RandomAccess.GetLength(file.SafeFileHandle);
    }

    private FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        // Who was connected from where is nobody's business but the operator's.
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        var file = new FileStream(path, options);
        EndOpenLine(file);
        return file;
    }

    /// <summary>A process that died while it wrote left half a line: the next entry begins on its own.</summary>
    private static void EndOpenLine(FileStream file)
    {
        var end = RandomAccess.GetLength(file.SafeFileHandle);
        Span<byte> last = stackalloc byte[1];
        if (end > 0 && RandomAccess.Read(file.SafeFileHandle, last, end - 1) == 1 && last[0] != '\n')
            RandomAccess.Write(file.SafeFileHandle, "\n"u8, end);
    }

    /// <summary>Gives every old file the next number, and this one the first. Where that fails the file grows on: a long one is better than none.</summary>
    private void Rotate()
    {
        try
        {
            File.Delete(Numbered(oldFiles));
            for (var number = oldFiles - 1; number >= 0; number--)
            {
                if (File.Exists(Numbered(number)))
                    File.Move(Numbered(number), Numbered(number + 1), overwrite: true);
            }

            _rotationFailed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_rotationFailed)
                log.AuditNotRotated(path, e.Message);
            _rotationFailed = true;
            return;
        }

        Close();
    }

    /// <summary>Number 0 is the file that is written.</summary>
    private string Numbered(int number) => number == 0 ? path : $"{path}.{number}";

    private void Close()
    {
        if (_file is null)
            return;
        var file = _file;
        _file = null;
        using (file)
            RandomAccess.FlushToDisk(file.SafeFileHandle);
    }

    /// <summary>Opened all together, so that a rotation in between shows no entry twice.</summary>
    private async Task<(List<Part> Parts, bool Whole)> OpenForReadingAsync(CancellationToken cancellation)
    {
        var parts = new List<Part>();
        var budget = MaxBytesRead;
        await _turn.WaitAsync(cancellation);
        try
        {
            for (var number = 0; number <= oldFiles && File.Exists(Numbered(number)); number++)
            {
                if (budget == 0)
                    return (parts, false);
                var file = new FileStream(Numbered(number), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                var end = RandomAccess.GetLength(file.SafeFileHandle);
                var start = Math.Max(0, end - budget);
                budget -= end - start;
                parts.Add(new Part(file, start, end));
            }
        }
        finally
        {
            _turn.Release();
        }

        return (parts, parts.TrueForAll(p => p.Start == 0));
    }

    private readonly record struct Part(FileStream File, long Start, long End);
}
