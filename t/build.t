#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The module linked into another nginx, that of Debian's next release: it
# compiles without a warning, and serves.

###############################################################################

use warnings;
use strict;

use Test::More;

use Cwd qw/ getcwd /;
use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

my ($top, $nginx);

BEGIN {
	chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

	$top = getcwd();
	$nginx = "$top/build/trixie/static/nginx";

	$ENV{SECMEET_NGINX} = $nginx;
	$ENV{SECMEET_MODULE} = 'none';
	delete $ENV{SECMEET_PRELOAD};
}

use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $source = 'build/trixie/source';
my $objects = "$top/build/trixie/static";
my $t = Test::Secmeet->new();

$t->skip_all('the source of that nginx cannot be had')
	if !-e "$source/configure"
		&& system(".ci/nginx-source trixie $source > /dev/null 2>&1");

$t->plan(5);

###############################################################################

system('make', '-s', 'build/srtp/lib/libsrtp2.a', 'build/sources');

my $output = '';

if (!-e "$objects/Makefile" || older("$objects/Makefile", 'config')
	|| older("$objects/Makefile", 'build/sources'))
{
	$output = `cd $source && NGX_SECMEET_SRTP=$top/build/srtp ./configure \\
		--builddir=$objects --add-module=$top --with-cc-opt=-O0 \\
		--with-http_ssl_module --with-http_v2_module --with-stream \\
		--with-threads 2>&1`;

	is($?, 0, 'configured') or diag($output);

} else {
	pass('configured');
}

$output = `make -s -j2 -C $source -f $objects/Makefile 2>&1`;

is($?, 0, 'built') or diag($output);
unlike($output, qr/warning:/, 'no warnings');

$t->write_file_expand('nginx.conf', <<'EOF');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOF

$t->run();

my ($tag) = $t->create_room();
my ($ws, $joined) = $t->join($tag);

is($joined->{type}, 'joined', 'joined');

$ws->send('leave');
is($ws->close_code(), 1000, 'left');

###############################################################################

sub older {
	my ($one, $other) = @_;
	return (stat $one)[9] < (stat $other)[9];
}

###############################################################################
