using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>An output that cannot be written: a full disk, or a pipe whose reader has gone.</summary>
internal sealed class RefusingWriter(string why) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => throw new IOException(why);
}
