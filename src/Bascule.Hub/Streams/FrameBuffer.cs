using System.Buffers;

namespace Bascule.Hub;

/// <summary>Frames for one reader alone. Written only when all of it was read.</summary>
internal sealed class FrameBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly List<int> _ends = [];
    private int _read;
    private int _frame;

    internal int Length => _bytes.WrittenCount - _read;

    internal bool IsAtBoundary => _read == 0 || (_frame > 0 && _ends[_frame - 1] == _read);

    /// <summary>Where the next frame is written; <see cref="EndFrame"/> comes after it.</summary>
    internal IBufferWriter<byte> Writer => _bytes;

    /// <summary>Bytes written to it since it was empty.</summary>
    internal int Written => _bytes.WrittenCount;

    internal void EndFrame()
    {
        if (_bytes.WrittenCount > (_ends.Count == 0 ? 0 : _ends[^1]))
            _ends.Add(_bytes.WrittenCount);
    }

    internal ReadOnlyMemory<byte> Read(int atMost)
    {
        var last = _frame;
        while (last + 1 < _ends.Count && _ends[last + 1] - _read <= atMost)
            last++;
        return _bytes.WrittenMemory[_read.._ends[last]];
    }

    internal void Advance(int count)
    {
        _read += count;
        while (_frame < _ends.Count && _ends[_frame] <= _read)
            _frame++;
        if (_read < _bytes.WrittenCount)
            return;

        // The bytes stay for whoever is still sending them: nothing is written over them before the next read.
        _bytes.ResetWrittenCount();
        _ends.Clear();
        _read = _frame = 0;
    }
}
