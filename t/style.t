#!/usr/bin/perl

# Copyright (C) secmeet contributors

# nginx's style, as far as a script can see it.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use File::Find ();

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

my $unfinished = join '|', map { join '', @$_ }
	[qw/ X X X /], [qw/ TO DO /], [qw/ FIX ME /];
my $head = "\n/*\n * Copyright (C) secmeet contributors\n */\n\n\n";

my (@c, @text, $faults);

File::Find::find({
	no_chdir => 1,
	preprocess => sub { sort grep { !/^(?:node_modules|seeds|\.)/ } @_ },
	wanted => sub {
		return unless -f;
		push @c, $_ if /\.[ch]$/;
		push @text, $_ if -T;
	}
}, qw/ ngx_secmeet_module t html conf /);

push @text, grep { -f } qw/ Makefile config README.md PROTOCOL.md CHANGES /,
	glob '.ci/*';

my $declared = join '', map { slurp($_) } grep { /\.h$/ } @c;

plan(tests => @text + @c);

###############################################################################

for my $file (@text) {
	$faults = '';
	check_text($file, slurp($file));
	is($faults, '', "$file: text");
}

for my $file (@c) {
	my $code = slurp($file);

	$faults = '';
	check_file($file, $code);
	check_lines($file, split /\n/, bare($code));
	check_functions($file, bare($code));
	is($faults, '', $file);
}

###############################################################################

sub slurp {
	my ($path) = @_;

	open my $fh, '<', $path or die "cannot read $path: $!\n";
	local $/;

	return <$fh> // '';
}

sub fault {
	my ($line, $text) = @_;
	$faults .= "line $line: $text\n";
	return;
}

# without the insides of comments and strings; lines and columns stay

sub bare {
	my ($code) = @_;

	$code =~ s{(/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')}
		{ blank($1) }gsex;

	return $code;
}

sub blank {
	my ($text) = @_;

	my ($first, $last) = $text =~ m{^/\*} ? ('/*', '*/') : ('"', '"');
	my $inside = substr $text, length $first, -length $last;

	$inside =~ s/[^\n]/ /g;

	return "$first$inside$last";
}

###############################################################################

# any text of ours

sub check_text {
	my ($file, $text) = @_;

	my $n = 0;

	for my $line (split /\n/, $text) {
		$n++;

		fault($n, 'trailing space') if $line =~ /[ \t\r]$/
			&& $file !~ /\.sdp$/;
		fault($n, 'unfinished') if $line =~ /\b(?:$unfinished)\b/;
	}

	fault($n, 'no newline at the end') if $text !~ /\n\z/;
	fault($n, 'empty lines at the end') if $text =~ /\n\n\z/;

	return;
}

sub check_file {
	my ($file, $code) = @_;

	my $lines = () = $code =~ /\n/g;
	my $most = $file =~ /\.h$/ ? 200 : 800;

	fault($lines, "more than $most lines") if $lines > $most;
	fault(1, 'does not begin with the copyright')
		if substr($code, 0, length $head) ne $head;

	return unless $file =~ /\.h$/;

	my ($name) = $file =~ m{([^/]+)\.h$};
	my $guard = "_\U${name}\E_H_INCLUDED_";

	$guard = '_NGX_SECMEET' . $guard if $file =~ m{^t/unit/};
	fault(1, "guard is not $guard") unless $code =~ /^#ifndef $guard\n
		#define\ $guard\n.*^\#endif\ \/\*\ $guard\ \*\/\n\z/xms
		|| $file !~ /^ngx/;

	return;
}

# one line, and the line before it

sub check_lines {
	my ($file, @lines) = @_;

	for my $i (0 .. $#lines) {
		my $line = $lines[$i];
		my $next = $lines[$i + 1] // '';
		my $n = $i + 1;

		fault($n, 'longer than 80') if length $line > 80;
		fault($n, 'tab') if $line =~ /\t/;
		fault($n, '// comment') if $line =~ m{//};
		fault($n, 'no empty line before else')
			if $line =~ /^\s*\} else/ && $lines[$i - 1] ne '';
		fault($n, 'else on a line of its own') if $line =~ /^\s*else\b/;
		fault($n, 'two empty lines inside')
			if $line eq '' && $next eq '' && inside($i, \@lines);
		fault($n, 'no space before (')
			if $line =~ /\b(?:if|for|while|switch)\(/;
		fault($n, 'space after sizeof') if $line =~ /\bsizeof \(/;
		fault($n, 'operator at the end of the line')
			if $line =~ /(?:&&|\|\|)$/;
		fault($n, 'no braces') if $line =~ /^\s*(?:if|while) \(.*\)$/
			&& balanced($line) && $next !~ /^\s*\{|^#/;
		fault($n, 'no space after a cast')
			if $line =~ /\((?:u_char|void|char|ngx_\w+_t) \*+\)[\w&(]/;
		fault($n, 'not two empty lines after a function')
			if $line eq '}' && $i < $#lines && !apart($i, \@lines);
	}

	return;
}

sub balanced {
	my ($line) = @_;
	return ($line =~ tr/(//) == ($line =~ tr/)//);
}

# in a function: the line at column 0 above it is its brace

sub inside {
	my ($i, $lines) = @_;

	for (; $i >= 0; $i--) {
		return 1 if $lines->[$i] eq '{';
		return 0 if $lines->[$i] =~ /^\S/ && $lines->[$i] !~ /^\w+:$/;
	}

	return 0;
}

sub apart {
	my ($i, $lines) = @_;

	return 1 if ($lines->[$i + 1] // '') =~ /^#/;

	return $lines->[$i + 1] eq '' && ($lines->[$i + 2] // '') eq ''
		&& ($lines->[$i + 3] // 'x') ne ''
		|| ($lines->[$i + 2] // '') =~ /^#/;
}

###############################################################################

sub check_functions {
	my ($file, $code) = @_;

	my $definition = qr/^((?:static\ )?[\w \t*]+?)\n	# the type
		(\w+)\(([^{};]*?)\)\n\{\n			# name, parameters
		(.*?)^\}\n/xms;

	while ($code =~ /$definition/g) {
		my ($type, $name, $params, $body) = ($1, $2, $3, $4);
		my $start = $-[2];
		my $before = substr $code, 0, $-[0];
		my $n = 1 + (substr($code, 0, $start) =~ tr/\n//);
		my $lines = $body =~ tr/\n//;

		fault($n, "$name: $lines lines") if $lines > 98;
		fault($n, "$name: more than 6 parameters")
			if ($params =~ tr/,//) > 5;
		fault($n, "$name: nested deeper than 4") if depth($body) > 4;

		next if $type =~ /inline/
			|| $name =~ /^(?:main|LLVMFuzzer\w+)$/;

		my $prototypes = $type =~ /^static/ ? $before
			: $declared . $before;

		fault($n, "$name: no prototype")
			unless $prototypes =~ /^[\w *]+?\b\Q$name\E\([^{}]*?\)
				(?:\s*__attribute__\(.*?\)\))?;/xms;
	}

	return;
}

sub depth {
	my ($body) = @_;

	my ($depth, $most) = (0, 0);

	for my $brace ($body =~ /([{}])/g) {
		$depth += $brace eq '{' ? 1 : -1;
		$most = $depth if $depth > $most;
	}

	return $most;
}

###############################################################################
