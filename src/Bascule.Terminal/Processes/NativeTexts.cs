using System.Runtime.InteropServices;
using System.Text;

namespace Bascule.Terminal;

/// <summary>An array of C strings with a null at its end, as exec wants arguments and environment, in one piece of memory.</summary>
internal sealed unsafe class NativeTexts : IDisposable
{
    private readonly byte* _memory;

    internal NativeTexts(IReadOnlyList<string> texts)
    {
        var pointers = (texts.Count + 1) * sizeof(byte*);
        var size = pointers + texts.Sum(t => Encoding.UTF8.GetByteCount(t) + 1);
        // SAFETY: sized above for all pointers and all texts with their zeros; freed in Dispose, which nobody calls while it is in use.
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)size);
        var next = _memory + pointers;
        for (var i = 0; i < texts.Count; i++)
        {
            ((byte**)_memory)[i] = next;
            next += Encoding.UTF8.GetBytes(texts[i], new Span<byte>(next, size - (int)(next - _memory))) + 1;
        }
    }

    internal nint Pointer => (nint)_memory;

    public void Dispose() => NativeMemory.Free(_memory);
}
