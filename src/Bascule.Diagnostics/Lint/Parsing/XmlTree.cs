using System.Xml;

namespace Bascule.Diagnostics;

/// <summary>XML: elements are nodes; attributes are their first children.</summary>
public static class XmlTree
{
    /// <exception cref="ConfigFaultException">It is no XML, has a DTD, or is too deep.</exception>
    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var open = new Stack<ConfigNode>([root]);
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, ConformanceLevel = ConformanceLevel.Fragment };
        using var reader = XmlReader.Create(new StringReader(text), settings);
        try
        {
            while (reader.Read())
            {
                var line = (IXmlLineInfo)reader;
                var place = new Place(file, line.LineNumber + linesBefore, Math.Max(1, line.LinePosition));
                if (reader.NodeType is XmlNodeType.Element)
                    Element(reader, open, place);
                else if (reader.NodeType is XmlNodeType.Text)
                    open.Peek().Children.Add(new ConfigNode("text", reader.Value.Trim(), place));
                else if (reader.NodeType is XmlNodeType.EndElement)
                    open.Pop();
            }
        }
        catch (XmlException e)
        {
            throw new ConfigFaultException(new Place(file, Math.Max(1, e.LineNumber) + linesBefore, Math.Max(1, e.LinePosition)), "not valid XML, or with a document type");
        }

        return root;
    }

    private static void Element(XmlReader reader, Stack<ConfigNode> open, Place place)
    {
        ConfigLimits.CheckDepth(open.Count, place);
        var node = new ConfigNode(reader.LocalName, null, place);
        open.Peek().Children.Add(node);
        var isEmpty = reader.IsEmptyElement;
        while (reader.MoveToNextAttribute())
            node.Children.Add(new ConfigNode(reader.LocalName, reader.Value, place));
        if (!isEmpty)
            open.Push(node);
    }
}
